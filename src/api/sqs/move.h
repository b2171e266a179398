/* move.h - handles of message move tasks: base64 of {"taskId": ..., "sourceArn": ...}. */
#ifndef RINGI_API_SQS_MOVE_H
#define RINGI_API_SQS_MOVE_H

#include "api/call.h"

struct str move_handle(const struct api_call *, struct uuid task, struct str source_arn);
/* False when it is none. */
bool move_handle_read(struct arena *, struct str handle, struct uuid *task, struct str *source_arn);

#endif
