/* ops.c - the operations of SQS, all of them. */
#include "api/sqs/sqs.h"

#define OPS(X) \
	X(add_permission) \
	X(cancel_message_move_task) \
	X(change_message_visibility) \
	X(change_message_visibility_batch) \
	X(create_queue) \
	X(delete_message) \
	X(delete_message_batch) \
	X(delete_queue) \
	X(get_queue_attributes) \
	X(get_queue_url) \
	X(list_dead_letter_source_queues) \
	X(list_message_move_tasks) \
	X(list_queues) \
	X(list_queue_tags) \
	X(purge_queue) \
	X(receive_message) \
	X(remove_permission) \
	X(send_message) \
	X(send_message_batch) \
	X(set_queue_attributes) \
	X(start_message_move_task) \
	X(tag_queue) \
	X(untag_queue)

#define X(name) extern const struct api_op op_sqs_##name;
OPS(X)
#undef X

/* The hot ones first: the table is searched from the front. */
static const struct api_op *const ops[] = { &op_sqs_receive_message,
	                                        &op_sqs_send_message,
	                                        &op_sqs_delete_message,
	                                        &op_sqs_send_message_batch,
	                                        &op_sqs_delete_message_batch,
#define X(name) &op_sqs_##name,
	                                        OPS(X)
#undef X
};

const struct api_family sqs_family = {
	.name = { "sqs", 3 },
	.target = { "AmazonSQS.", 10 },
	.version = { "2012-11-05", 10 },
	.xml_namespace = { "http://queue.amazonaws.com/doc/2012-11-05/", 42 },
	.empty_detail = true,
	.ops = ops,
	.op_count = sizeof ops / sizeof *ops,
	.shapes = sqs_shapes,
	.error = sqs_error,
};
