/* move.c - handles of message move tasks. */
#include "api/sqs/move.h"

#include "wire/hash.h"

struct str move_handle(const struct api_call *call, struct uuid task, struct str source_arn)
{
	struct buf json = { 0 }, handle = { 0 };
	char text[37];

	uuid_text(task, text);
	buf_add(&json, S("{\"taskId\":\""));
	buf_add_text(&json, text);
	buf_add(&json, S("\",\"sourceArn\":"));
	json_write_text(&json, source_arn);
	buf_add_byte(&json, '}');
	base64_write(&handle, buf_str(&json));
	buf_free(&json);
	arena_adopt(call->c->arena, handle.at);
	return buf_str(&handle);
}

bool move_handle_read(struct arena *a, struct str handle, struct uuid *task, struct str *source_arn)
{
	struct str bytes = base64_read(a, handle), why;

	if (bytes.len == 0)
		return false;
	const struct json *json = json_read(a, bytes, &why);
	*source_arn = json_get_text(json, "sourceArn");
	struct str id = json_get_text(json, "taskId");
	return id.len > 0 && uuid_read(id, task);
}
