/* routes.h - the functions that routes.c names, by the file they are in. */
#ifndef RINGI_API_REST_ROUTES_H
#define RINGI_API_REST_ROUTES_H

#include "api/rest/rest.h"

#define PARSE(name) void name(struct api_call *, const struct rest_in *)
#define RENDER(name) void name(const struct api_call *, struct out *)
#define HEADERS(name) void name(const struct api_call *, struct str body, struct buf *)
#define WRITE(name) void name(const struct api_call *, struct buf *)

/* queues.c */
PARSE(rest_queue_put_parse);
RENDER(rest_queue_put_render);
int rest_queue_put_status(const struct api_call *);
PARSE(rest_queue_get_parse);
RENDER(rest_queue_get_render);
PARSE(rest_queue_list_parse);
RENDER(rest_queue_list_render);
PARSE(rest_queue_named_parse); /* delete, purge */
PARSE(rest_queue_pause_parse);
/* push.c: the member `push` as the attribute is stored, its secrets apart and sealed (absent:
 * not named); and as it is shown. */
struct queue_get;
struct str rest_push_read(struct api_call *, struct str queue, const struct json *push,
                          struct str *secret);
void rest_push_write(const struct api_call *, struct out *, const struct queue_get *);
/* resume.c */
PARSE(rest_resume_parse);
PARSE(rest_group_resume_parse);
/* history.c */
PARSE(rest_history_parse);
RENDER(rest_history_render);
/* scaling.c */
PARSE(rest_scaling_parse);
RENDER(rest_scaling_render);
/* messages.c */
PARSE(rest_peek_parse);
RENDER(rest_peek_render);
PARSE(rest_send_parse);
RENDER(rest_send_render);
PARSE(rest_resend_parse);
PARSE(rest_remove_parse);
PARSE(rest_fail_parse);
/* peek_aws.c */
PARSE(rest_peek_aws_parse);
RENDER(rest_peek_aws_render);
/* errors.c */
PARSE(rest_errors_parse);
RENDER(rest_errors_render);
/* definitions.c */
struct definitions;
struct definitions *rest_definitions_in(struct api_call *, const struct rest_in *);
PARSE(rest_definitions_parse);
RENDER(rest_definitions_render);
/* asyncapi.c */
PARSE(rest_asyncapi_parse);
RENDER(rest_asyncapi_render);
/* schemas.c */
PARSE(rest_schemas_parse);
RENDER(rest_schemas_render);
/* moves.c */
PARSE(rest_move_start_parse);
RENDER(rest_move_start_render);
int rest_move_start_status(const struct api_call *);
PARSE(rest_move_pause_parse);
PARSE(rest_move_resume_parse);
PARSE(rest_move_list_parse);
RENDER(rest_move_list_render);
PARSE(rest_move_cancel_parse);
RENDER(rest_move_cancel_render);
/* job_submit.c */
PARSE(rest_job_submit_parse);
RENDER(rest_job_submit_render);
HEADERS(rest_job_submit_headers);
/* job_submit_wait.c */
bool rest_job_submit_begin(struct api_call *);
/* job_find.c */
PARSE(rest_job_get_parse);
RENDER(rest_job_get_render);
HEADERS(rest_job_get_headers);
PARSE(rest_job_list_parse);
RENDER(rest_job_list_render);
/* job_report.c */
PARSE(rest_claim_parse);
RENDER(rest_claim_render);
PARSE(rest_job_heartbeat_parse);
PARSE(rest_job_complete_parse);
PARSE(rest_job_fail_parse);
RENDER(rest_job_report_render);
PARSE(rest_jobs_heartbeat_parse);
PARSE(rest_jobs_complete_parse);
PARSE(rest_jobs_fail_parse);
RENDER(rest_jobs_report_render);
/* job_change.c */
PARSE(rest_job_cancel_parse);
PARSE(rest_job_retry_parse);
RENDER(rest_job_change_render);
PARSE(rest_jobs_cancel_parse);
PARSE(rest_jobs_redrive_parse);
RENDER(rest_jobs_redrive_render);
RENDER(rest_jobs_cancel_render);
/* approval_open.c, approval_show.c, approval_vote.c, inbox.c */
PARSE(rest_approval_open_parse);
PARSE(rest_approval_get_parse);
PARSE(rest_approval_data_parse);
PARSE(rest_approval_log_parse);
PARSE(rest_approval_list_parse);
PARSE(rest_approval_vote_parse);
PARSE(rest_approval_votes_parse);
PARSE(rest_approval_withdraw_parse);
PARSE(rest_approval_cancel_parse);
PARSE(rest_approval_retry_parse);
PARSE(rest_approval_over_parse);
PARSE(rest_approval_remind_parse);
PARSE(rest_approval_resubmit_parse);
PARSE(rest_approval_edit_parse);
PARSE(rest_approval_comment_parse);
PARSE(rest_approval_approver_parse);
PARSE(rest_inbox_parse);
RENDER(rest_approval_open_render);
RENDER(rest_approval_get_render);
RENDER(rest_approval_events_render);
RENDER(rest_approval_data_render);
RENDER(rest_approval_list_render);
RENDER(rest_approval_vote_render);
RENDER(rest_approval_votes_render);
RENDER(rest_approval_change_render);
RENDER(rest_inbox_render);
bool rest_approval_vote_begin(struct api_call *);

/* links.c, links_page.c */
PARSE(rest_link_get_parse);
PARSE(rest_link_post_parse);
bool rest_link_begin(struct api_call *);
struct api_answer_head rest_link_page(const struct api_call *, struct buf *body,
                                      struct buf *headers);
/* approval_figures.c */
PARSE(rest_approval_figures_parse);
RENDER(rest_approval_figures_render);
/* groups.c */
PARSE(rest_group_create_parse);
PARSE(rest_group_get_parse);
PARSE(rest_group_close_parse);
PARSE(rest_group_cancel_parse);
RENDER(rest_group_create_render);
RENDER(rest_group_render);
/* recoveries.c */
PARSE(rest_recovery_list_parse);
PARSE(rest_recovery_done_parse);
RENDER(rest_recovery_list_render);
RENDER(rest_recovery_done_render);
/* backup.c */
PARSE(rest_backup_parse);
RENDER(rest_backup_render);
/* health.c */
RENDER(rest_healthz);
PARSE(rest_readyz_parse);
RENDER(rest_readyz);
RENDER(rest_cluster_render);
RENDER(rest_localstack);
/* openapi.c */
WRITE(rest_openapi);
/* clock.c */
PARSE(rest_clock_set_parse);
PARSE(rest_clock_reset_parse);
/* api/sns/certificate.c */
WRITE(sns_certificate_write);
/* keys.c */
PARSE(rest_key_create_parse);
RENDER(rest_key_create_render);
PARSE(rest_key_list_parse);
RENDER(rest_key_list_render);
PARSE(rest_key_rotate_parse);
RENDER(rest_key_rotate_render);
PARSE(rest_key_revoke_parse);
/* Rules as the JSON text that is stored; refuses what is none, names nothing, or is more than
 * the caller has. */
struct str rest_rules_read(struct api_call *, const struct json *list, int max);
void rest_rules_write(const struct api_call *, struct out *, struct str rules);
bool rest_action_exists(struct str service, struct str action);
/* roles.c */
PARSE(rest_role_list_parse);
RENDER(rest_role_list_render);
PARSE(rest_role_get_parse);
RENDER(rest_role_get_render);
PARSE(rest_role_put_parse);
RENDER(rest_role_put_render);
int rest_role_put_status(const struct api_call *);
PARSE(rest_role_delete_parse);
PARSE(rest_role_give_parse); /* grant, revoke */
PARSE(rest_roles_of_parse);
RENDER(rest_roles_of_render);
/* A person's id as what the request is about; refuses what is none. */
struct str rest_person_named(struct api_call *, struct str id);
/* above.c. Whether the person may something that the caller may not. */
bool rest_above(struct api_call *, struct str person);
/* Everybody of whom that is so, in the call's arena. */
struct str *rest_all_above(struct api_call *, int *count);
/* login.c */
PARSE(rest_login_parse);
bool rest_login_begin(struct api_call *);
RENDER(rest_login_render);
HEADERS(rest_login_headers);
/* One more try for that account, and for the address; refuses when there were too many. */
bool rest_login_may_try(struct api_call *, struct str account);
void rest_login_was_right(struct api_call *, struct str account); /* absent: no account */
bool rest_login_address_may_try(struct api_call *);
struct login_failed;
/* A record of a login that failed; nobody waits for it. */
void rest_login_failed(const struct api_call *, const struct login_failed *);
struct session_begin;
void rest_login_fresh(struct api_call *, struct session_begin *, struct str *token);
int64_t rest_totp_step(struct api_call *, struct str person, struct str sealed, struct str code,
                       int64_t after);
/* oidc.c, oidc_callback.c */
RENDER(rest_login_ways_render);
PARSE(rest_oidc_start_parse);
bool rest_oidc_start_begin(struct api_call *);
HEADERS(rest_oidc_start_headers);
PARSE(rest_oidc_callback_parse);
bool rest_oidc_callback_begin(struct api_call *);
HEADERS(rest_oidc_callback_headers);
/* me.c */
PARSE(rest_me_parse);
RENDER(rest_me_render);
PARSE(rest_password_parse);
bool rest_password_begin(struct api_call *);
bool rest_password_good(struct api_call *, struct str password);
PARSE(rest_totp_enrol_parse);
RENDER(rest_totp_enrol_render);
PARSE(rest_totp_confirm_parse);
bool rest_totp_confirm_begin(struct api_call *);
RENDER(rest_totp_confirm_render);
/* accounts.c */
PARSE(rest_account_create_parse);
RENDER(rest_account_create_render);
PARSE(rest_account_password_parse);
bool rest_account_begin(struct api_call *);
PARSE(rest_account_disable_parse);
PARSE(rest_account_enable_parse);
PARSE(rest_account_link_parse);
RENDER(rest_account_link_render);
PARSE(rest_totp_remove_parse);
PARSE(rest_account_oidc_put_parse);
PARSE(rest_account_oidc_delete_parse);
PARSE(rest_account_list_parse);
RENDER(rest_account_list_render);
PARSE(rest_account_log_out_parse);
PARSE(rest_session_list_parse);
RENDER(rest_session_list_render);
PARSE(rest_session_end_parse);
HEADERS(rest_session_end_headers);
/* rights_explain.c */
PARSE(rest_explain_parse);
RENDER(rest_explain_render);
/* api/live/events.c */
PARSE(live_parse);
PARSE(live_job_parse);
bool live_begin(struct api_call *);
/* api/live/look_open.c */
PARSE(live_approval_parse);
PARSE(live_inbox_parse);
bool live_look_begin(struct api_call *);
WRITE(live_page_write);
/* schedules.c */
PARSE(rest_schedule_put_parse);
RENDER(rest_schedule_put_render);
int rest_schedule_put_status(const struct api_call *);
PARSE(rest_schedule_get_parse);
RENDER(rest_schedule_get_render);
PARSE(rest_schedule_list_parse);
RENDER(rest_schedule_list_render);
PARSE(rest_schedule_named_parse); /* delete, pause, resume */
PARSE(rest_schedule_run_parse);
RENDER(rest_schedule_run_render);
PARSE(rest_schedule_next_parse);
RENDER(rest_schedule_next_render);
PARSE(rest_schedule_preview_parse);
RENDER(rest_schedule_preview_render);
/* policies.c */
struct str rest_policy_name(struct api_call *, struct str name);
PARSE(rest_policy_put_parse);
RENDER(rest_policy_put_render);
HEADERS(rest_policy_put_headers);
int rest_policy_put_status(const struct api_call *);
PARSE(rest_policy_accept_parse);
RENDER(rest_policy_accept_render);
PARSE(rest_policy_named_parse); /* retire; templates, too */
PARSE(rest_policy_get_parse);
RENDER(rest_policy_get_render);
HEADERS(rest_policy_get_headers);
PARSE(rest_policy_list_parse);
RENDER(rest_policy_list_render);
PARSE(rest_policy_versions_parse);
RENDER(rest_policy_versions_render);
PARSE(rest_policy_check_parse);
RENDER(rest_policy_check_render);
PARSE(rest_policy_similar_parse);
RENDER(rest_policy_similar_render);
/* policy_templates.c */
PARSE(rest_policy_template_put_parse);
RENDER(rest_policy_template_put_render);
int rest_policy_template_put_status(const struct api_call *);
PARSE(rest_policy_template_get_parse);
RENDER(rest_policy_template_get_render);
PARSE(rest_policy_template_list_parse);
RENDER(rest_policy_template_list_render);
/* calendars.c */
PARSE(rest_calendar_put_parse);
RENDER(rest_calendar_put_render);
int rest_calendar_put_status(const struct api_call *);
PARSE(rest_calendar_get_parse);
RENDER(rest_calendar_get_render);
PARSE(rest_calendar_list_parse);
RENDER(rest_calendar_list_render);
PARSE(rest_calendar_delete_parse);
PARSE(rest_calendar_deadline_parse);
RENDER(rest_calendar_deadline_render);
/* audit.c */
PARSE(rest_audit_list_parse);
RENDER(rest_audit_list_render);
PARSE(rest_audit_get_parse);
RENDER(rest_audit_get_render);
PARSE(rest_audit_export_parse);
WRITE(rest_audit_export_write);
PARSE(rest_audit_checkpoints_parse);
RENDER(rest_audit_checkpoints_render);
PARSE(rest_audit_key_parse);
RENDER(rest_audit_key_render);
PARSE(rest_audit_redact_parse);
RENDER(rest_audit_redact_render);
PARSE(rest_audit_retain_parse);
RENDER(rest_audit_retain_render);
/* notifications.c */
PARSE(rest_told_list_parse);
RENDER(rest_told_list_render);
PARSE(rest_told_get_parse);
RENDER(rest_told_get_render);
PARSE(rest_told_retry_parse);
RENDER(rest_told_retry_render);
PARSE(rest_told_read_parse);
RENDER(rest_told_read_render);
PARSE(rest_wants_get_parse);
PARSE(rest_wants_put_parse);
RENDER(rest_wants_render);
/* channels.c */
PARSE(rest_channel_put_parse);
RENDER(rest_channel_put_render);
int rest_channel_put_status(const struct api_call *);
PARSE(rest_channel_named_parse); /* get, delete */
RENDER(rest_channel_get_render);
PARSE(rest_channel_list_parse);
RENDER(rest_channel_list_render);
PARSE(rest_channel_test_parse);
RENDER(rest_channel_test_render);
PARSE(rest_notify_template_put_parse);
PARSE(rest_notify_template_reset_parse);
RENDER(rest_notify_template_put_render);
PARSE(rest_notify_template_get_parse);
RENDER(rest_notify_template_get_render);
PARSE(rest_notify_template_list_parse);
RENDER(rest_notify_template_list_render);
PARSE(rest_notify_template_preview_parse);
RENDER(rest_notify_template_preview_render);
/* api/metrics/metrics.c */
PARSE(metrics_parse);
WRITE(metrics_write);

/* people.c */
PARSE(rest_person_put_parse);
RENDER(rest_person_put_render);
int rest_person_put_status(const struct api_call *);
PARSE(rest_person_get_parse);
RENDER(rest_person_get_render);
PARSE(rest_person_list_parse);
RENDER(rest_person_list_render);
PARSE(rest_person_delete_parse);
/* people_csv.c */
PARSE(rest_people_import_parse);
RENDER(rest_people_import_render);
PARSE(rest_people_export_parse);
RENDER(rest_people_export_render);
/* directory.c */
PARSE(rest_directory_named_parse);
PARSE(rest_department_put_parse);
RENDER(rest_department_put_render);
int rest_department_put_status(const struct api_call *);
PARSE(rest_department_get_parse);
RENDER(rest_department_get_render);
PARSE(rest_department_list_parse);
RENDER(rest_department_list_render);
PARSE(rest_post_put_parse);
RENDER(rest_post_put_render);
int rest_post_put_status(const struct api_call *);
PARSE(rest_post_get_parse);
RENDER(rest_post_get_render);
PARSE(rest_post_list_parse);
RENDER(rest_post_list_render);
PARSE(rest_people_group_put_parse);
RENDER(rest_people_group_put_render);
int rest_people_group_put_status(const struct api_call *);
PARSE(rest_people_group_get_parse);
RENDER(rest_people_group_get_render);
PARSE(rest_people_group_list_parse);
RENDER(rest_people_group_list_render);
/* delegations.c */
PARSE(rest_delegation_put_parse);
RENDER(rest_delegation_put_render);
PARSE(rest_delegation_get_parse);
RENDER(rest_delegation_get_render);
PARSE(rest_delegation_list_parse);
RENDER(rest_delegation_list_render);
PARSE(rest_delegation_cancel_parse);
PARSE(rest_absence_put_parse);
RENDER(rest_absence_put_render);
PARSE(rest_absence_list_parse);
RENDER(rest_absence_list_render);
PARSE(rest_absence_cancel_parse);

#undef PARSE
#undef RENDER
#undef HEADERS
#undef WRITE

#endif
