/* texts.h - the words of notifications: built in, in Japanese and English, for each kind. Pure. */
#ifndef RINGI_DOMAIN_NOTIFY_TEXTS_H
#define RINGI_DOMAIN_NOTIFY_TEXTS_H

#include "domain/notify/notify.h"
#include "wire/json.h"

/* Mustache (wire/mustache.h). html absent: made of the text; chat absent: the text. */
struct notify_texts {
	struct str subject, text, html, chat;
};
struct notify_texts notify_texts_builtin(enum notify_kind, struct str locale);
/* Those of a row of notify_template; of what it leaves out, the built-in ones. */
struct notify_texts notify_texts_read(const struct json *, enum notify_kind, struct str locale);

/* Fields that texts may name; ends with NULL. */
extern const char *const notify_fields[];

/* "wait", "APPROVED", ... in words; the text itself when there are none. */
struct str notify_word(struct str locale, const char *of, struct str name);

#endif
