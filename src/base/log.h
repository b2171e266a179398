/* log.h - one event, one line, once.
 *
 *     log_line(LOG_WARN, "engine", "batch rolled back", "commands=%d err=%s", n, e);
 *     2026-11-22T15:37:32.123Z warn engine "batch rolled back" commands=64 err=io
 *
 * The function that decides what happens next logs, and says what happens next.
 * base, wire, store and domain never log. Fields are key=value, a value with
 * spaces in double quotes; with log_open(LOG_JSON) each line is a JSON object with
 * the same keys (whole numbers as numbers). No fields: " ". Control characters come out
 * escaped and a line is cut at 4 KiB, so a line is one event whoever chose its text;
 * a text that a client chose still belongs in quotes, or its spaces make new fields.
 * Secrets and message bodies are never fields. Safe from every thread, once opened.
 * Lines go to standard error. */
#ifndef RINGI_BASE_LOG_H
#define RINGI_BASE_LOG_H

#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

void log_open(enum log_format, enum log_level least);
/* Where the time of a line comes from; base has no clock. Without: "-". */
void log_clock(int64_t (*wall_ms)(void));
void log_line(enum log_level, const char *area, const char *event, const char *fields, ...)
	PRINTF_LIKE(4, 5);

#endif
