/* routes.c - every path of ringi's own API, in one table. Of two that match, the first. */
#include "api/rest/routes.h"

#include "domain/backup.h"
#include "domain/clock.h"
#include "domain/job/job.h"
#include "domain/job/watch.h"
#include "domain/key/key.h"
#include "domain/metrics.h"
#include "domain/queue/queue.h"

#define GET HTTP_GET_
#define POST HTTP_POST_
#define PUT HTTP_PUT_
#define DELETE HTTP_DELETE_
#define QUEUE "/v1/queues/{name}"

#define ROUTE(verb, pattern, what, operation) \
	.method = (verb), .path = (pattern), .action = (what), .op = (operation)

const struct rest_route rest_routes[] = {
	{ ROUTE(GET, "/v1/queues", "ListQueues", &op_queue_metrics), .parse = rest_queue_list_parse,
	  .render = rest_queue_list_render, .status = 200 },
	{ ROUTE(PUT, QUEUE, "PutQueue", &op_queue_create), .parse = rest_queue_put_parse,
	  .render = rest_queue_put_render, .status_of = rest_queue_put_status },
	{ ROUTE(GET, QUEUE, "GetQueue", &op_queue_get), .parse = rest_queue_get_parse,
	  .render = rest_queue_get_render },
	{ ROUTE(DELETE, QUEUE, "DeleteQueue", &op_queue_delete), .parse = rest_queue_named_parse },
	{ ROUTE(POST, QUEUE "/purge", "PurgeQueue", &op_queue_purge), .parse = rest_queue_named_parse },
	{ ROUTE(POST, QUEUE "/pause", "PauseQueue", &op_queue_set), .parse = rest_queue_pause_parse },
	{ ROUTE(POST, QUEUE "/resume", "ResumeQueue", &op_queue_set), .parse = rest_resume_parse },
	{ ROUTE(POST, QUEUE "/groups/{group}/resume", "ResumeQueue", &op_queue_resume),
	  .parse = rest_group_resume_parse },
	{ ROUTE(GET, QUEUE "/messages", "PeekMessages", &op_queue_peek), .parse = rest_peek_parse,
	  .render = rest_peek_render },
	{ ROUTE(POST, QUEUE "/messages", "SendMessage", &op_queue_send), .parse = rest_send_parse,
	  .render = rest_send_render, .status = 201 },
	{ ROUTE(POST, QUEUE "/messages/{position}/resend", "ResendMessage", &op_queue_operate),
	  .parse = rest_resend_parse },
	{ ROUTE(DELETE, QUEUE "/messages/{position}", "RemoveMessage", &op_queue_operate),
	  .parse = rest_remove_parse },
	{ ROUTE(POST, QUEUE "/fail", "FailMessage", &op_queue_fail), .parse = rest_fail_parse },
	{ ROUTE(GET, QUEUE "/errors", "PeekMessages", &op_queue_errors), .parse = rest_errors_parse,
	  .render = rest_errors_render },
	{ ROUTE(GET, QUEUE "/schemas", "GetQueue", &op_queue_schemas), .parse = rest_schemas_parse,
	  .render = rest_schemas_render },
	{ ROUTE(POST, QUEUE "/moves", "StartMessageMoveTask", &op_move_start),
	  .parse = rest_move_start_parse, .render = rest_move_start_render, .status = 201 },
	{ ROUTE(GET, QUEUE "/moves", "ListMessageMoveTasks", &op_move_list),
	  .parse = rest_move_list_parse, .render = rest_move_list_render },
	{ ROUTE(GET, "/v1/moves", "ListMessageMoveTasks", &op_move_list), .parse = rest_move_list_parse,
	  .render = rest_move_list_render },
	{ ROUTE(DELETE, "/v1/moves/{id}", "CancelMessageMoveTask", &op_move_cancel),
	  .parse = rest_move_cancel_parse, .render = rest_move_cancel_render },
	{ ROUTE(POST, QUEUE "/jobs", "SubmitJob", &op_job_submit), .parse = rest_job_submit_parse,
	  .render = rest_job_submit_render, .headers = rest_job_submit_headers, .status = 202 },
	{ ROUTE(POST, QUEUE "/claim", "ClaimJob", &op_queue_receive), .parse = rest_claim_parse,
	  .render = rest_claim_render, .no_key = true },
	{ ROUTE(GET, "/v1/jobs", "ListJobs", &op_job_list), .parse = rest_job_list_parse,
	  .render = rest_job_list_render, .late = true },
	{ ROUTE(POST, "/v1/jobs:cancel", "CancelJob", &op_job_cancel_many),
	  .parse = rest_jobs_cancel_parse, .render = rest_jobs_cancel_render, .late = true },
	{ ROUTE(POST, "/v1/jobs:heartbeat", "ReportJob", &op_job_heartbeat),
	  .parse = rest_jobs_heartbeat_parse, .render = rest_jobs_report_render, .late = true },
	{ ROUTE(POST, "/v1/jobs:complete", "ReportJob", &op_job_complete),
	  .parse = rest_jobs_complete_parse, .render = rest_jobs_report_render, .late = true },
	{ ROUTE(POST, "/v1/jobs:fail", "ReportJob", &op_job_fail), .parse = rest_jobs_fail_parse,
	  .render = rest_jobs_report_render, .late = true },
	{ ROUTE(GET, "/v1/jobs/{id}", "GetJob", &op_job_get), .parse = rest_job_get_parse,
	  .render = rest_job_get_render, .headers = rest_job_get_headers, .late = true },
	{ ROUTE(POST, "/v1/jobs/{id}/cancel", "CancelJob", &op_job_cancel),
	  .parse = rest_job_cancel_parse, .render = rest_job_change_render, .late = true },
	{ ROUTE(POST, "/v1/jobs/{id}/retry", "RetryJob", &op_job_retry), .parse = rest_job_retry_parse,
	  .render = rest_job_change_render, .late = true },
	{ ROUTE(POST, "/v1/jobs/{id}/heartbeat", "ReportJob", &op_job_heartbeat),
	  .parse = rest_job_heartbeat_parse, .render = rest_job_report_render, .late = true },
	{ ROUTE(POST, "/v1/jobs/{id}/complete", "ReportJob", &op_job_complete),
	  .parse = rest_job_complete_parse, .render = rest_job_report_render, .late = true },
	{ ROUTE(POST, "/v1/jobs/{id}/fail", "ReportJob", &op_job_fail), .parse = rest_job_fail_parse,
	  .render = rest_job_report_render, .late = true },
	{ ROUTE(GET, "/v1/events", "WatchEvents", &op_rest_local), .parse = live_parse,
	  .begin = live_begin, .write = live_page_write, .content_type = "application/json" },
	{ ROUTE(GET, "/v1/jobs/{id}/events", "WatchEvents", &op_job_watch), .parse = live_job_parse,
	  .begin = live_begin, .write = live_page_write, .content_type = "application/json" },
	{ ROUTE(POST, "/v1/backup", "Backup", &op_backup), .parse = rest_backup_parse,
	  .render = rest_backup_render },
	{ ROUTE(GET, "/v1/keys", "ListKeys", &op_key_list), .parse = rest_key_list_parse,
	  .render = rest_key_list_render },
	{ ROUTE(POST, "/v1/keys", "CreateKey", &op_key_create), .parse = rest_key_create_parse,
	  .render = rest_key_create_render, .status = 201, .secret = true },
	{ ROUTE(POST, "/v1/keys/{name}/rotate", "RotateKey", &op_key_rotate),
	  .parse = rest_key_rotate_parse, .render = rest_key_rotate_render, .status = 201,
	  .secret = true },
	{ ROUTE(DELETE, "/v1/keys/{name}", "RevokeKey", &op_key_revoke),
	  .parse = rest_key_revoke_parse },
	{ ROUTE(PUT, "/v2/clock", "SetClock", &op_clock_set), .parse = rest_clock_set_parse },
	{ ROUTE(POST, "/v2/clock/reset", "SetClock", &op_clock_set), .parse = rest_clock_reset_parse },
	{ ROUTE(GET, "/metrics", "Metrics", &op_metrics), .parse = metrics_parse,
	  .write = metrics_write, .content_type = "text/plain; version=0.0.4; charset=utf-8" },
	{ ROUTE(GET, "/healthz", NULL, &op_rest_local), .render = rest_healthz },
	{ ROUTE(GET, "/readyz", NULL, &op_rest_local), .parse = rest_readyz_parse,
	  .render = rest_readyz },
	{ ROUTE(GET, "/openapi.json", NULL, &op_rest_local), .write = rest_openapi,
	  .content_type = "application/json" },
	{ ROUTE(GET, "/_localstack/health", NULL, &op_rest_local), .render = rest_localstack },
	{ ROUTE(GET, "/_aws/sqs/messages", "PeekMessages", &op_queue_peek),
	  .parse = rest_peek_aws_parse, .render = rest_peek_aws_render },
	{ ROUTE(GET, "/sns/certificate.pem", NULL, &op_rest_local), .write = sns_certificate_write,
	  .content_type = "application/x-pem-file" },
	{ ROUTE(GET, "/", NULL, &op_rest_local), .write = rest_landing,
	  .content_type = "text/html; charset=utf-8" },
	{ .path = NULL },
};
