/* manage.h - what can be asked of notifications: the bell, channels, wishes of people, templates.
 *
 * Parameters lie in c->in, results in the same struct, marked "out". Texts lie in the command's
 * arena. Rights of one notification are asked here: the row knows whose it is. */
#ifndef RINGI_DOMAIN_NOTIFY_MANAGE_H
#define RINGI_DOMAIN_NOTIFY_MANAGE_H

#include "domain/cmd.h"
#include "wire/json.h"

/* ---- notifications */

struct told_view {
	int64_t row;
	struct uuid id, approval, digest_id;
	bool has_approval;
	struct str person, kind, about, state, title, text, channel, remote, error, facts;
	int64_t round, n, slot, created_at, not_before, ended_at, read_at, attempts;
};
struct told_attempt {
	int64_t n, at, status;
	struct str channel, address, outcome, error;
};

struct told_list {            /* read lane */
	struct str person, state; /* absent: any; person absent: everybody's, digests included */
	bool unread;              /* only those */
	int64_t before;           /* cursor: rows below; 0: from the newest */
	int max;                  /* NOTIFY_LIST_MAX at most */
	/* out */
	struct told_view *all;
	int count;
	bool more;
	int64_t next, unread_count; /* unread_count: of the person, in all */
};
extern const struct op op_told_list;

struct told_get { /* read lane */
	struct uuid id;
	struct told_view view; /* out */
	struct told_attempt *attempts;
	int attempt_count;
};
extern const struct op op_told_get;

/* A FAILED or KEPT one is tried again, from the first channel on. */
struct told_retry {
	struct uuid id;
	struct str person; /* out */
};
extern const struct op op_told_retry;

/* Seen, or not seen after all. */
struct told_read {
	struct str person;
	struct uuid *ids; /* NULL: all up to now */
	int count;
	bool unread;
	int64_t changed; /* out */
};
extern const struct op op_told_read;

/* ---- what somebody wants */

struct wants {
	struct str person;
	const struct json *wants; /* put */
	struct str text;          /* out: JSON; "{}": nothing was said */
};
extern const struct op op_wants_get, op_wants_put; /* get: read lane */

/* ---- channels */

struct channel_view {
	struct str name, type, settings, sealed; /* settings, sealed: JSON */
	int64_t position, version, created_at, changed_at;
	bool enabled;
};
/* All of it, but for secrets: those that are not given stay. */
struct channel_put {
	struct str name, type;
	const struct json *settings;
	struct str settings_text;  /* the same */
	const struct json *sealed; /* names to base64, a list of them, or null: none any more */
	int64_t position;
	bool enabled;
	bool existed;          /* out */
	struct str all_sealed; /* from check to write */
};
extern const struct op op_channel_put;

struct channel_named {
	struct str name;
	struct channel_view view; /* out of get */
};
extern const struct op op_channel_get, op_channel_delete; /* get: read lane */

struct channel_list { /* read lane */
	struct channel_view *all;
	int count;
};
extern const struct op op_channel_list;

/* One notification by that channel, whatever the person wants. */
struct channel_test {
	struct str name, person, address;
	struct uuid id; /* out */
};
extern const struct op op_channel_test;

/* ---- templates */

struct template_view {
	struct str kind, locale, texts, set_by; /* texts: JSON */
	int64_t version, set_at;                /* version 0: the built-in ones */
};
struct template_put {
	struct str kind, locale;
	const struct json *texts; /* NULL: the built-in ones again */
	int64_t version;          /* out */
};
extern const struct op op_notify_template_put;
struct template_get { /* read lane */
	struct str kind, locale;
	int64_t version; /* 0: the newest */
	struct template_view view;
};
extern const struct op op_notify_template_get;
struct template_list { /* read lane */
	struct template_view *all;
	int count;
};
extern const struct op op_notify_template_list;
/* What it would look like, with facts that are made up. */
struct template_preview { /* read lane */
	struct str kind, locale;
	const struct json *texts;             /* NULL: those in use */
	struct str subject, text, html, chat; /* out */
};
extern const struct op op_notify_template_preview;

#endif
