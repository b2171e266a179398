/* link.c - links in mails by which somebody may decide once.
 *
 * A link's text is chance, TOKEN_BYTES of it; the row has its hash. Rows outlive their time by as
 * much again, so that a late one is told from one that never was; each new link sweeps some. */
#include "base/limits.h"
#include "domain/domain.h"
#include "domain/notify/inside.h"
#include "wire/hash.h"

enum { TOKEN_BYTES = 32 };

/* Group members, too: the slot is the group's, the link one person's. */
static bool may_have(const struct batch *b, const struct told *t, const struct channel *channel)
{
	const struct domain_config *config = &b->domain->config;

	return config->decision_links && config->public_url.len > 0 && t->has_approval && t->slot > 0 &&
	       str_is(channel->type, "smtp");
}

enum err notify_link_put(struct batch *b, const struct told *t, const struct channel *channel,
                         struct str *token)
{
	uint8_t chance[TOKEN_BYTES], hash[SHA256_SIZE];
	int64_t now = b->now.wall_ms;

	*token = S_NONE;
	if (!may_have(b, t, channel))
		return OK;
	must(t->id > 0 && t->round > 0 && t->person.len > 0);
	rng_bytes(b->rng, chance, sizeof chance);
	*token = base64url_text(b->arena, (struct str){ (const char *)chance, sizeof chance });
	sha256(*token, hash);
	TRY(store_run(b->store, STMT_NOTIFY_LINK_SWEEP, VALUES(value_int(now - NOTIFY_LINK_MS)), NULL,
	              NULL));
	return store_run(b->store, STMT_NOTIFY_LINK_INSERT,
	                 VALUES(value_blob((struct str){ (const char *)hash, sizeof hash }),
	                        value_int(t->id), value_text(t->person), value_uuid(&t->approval),
	                        value_int(t->round), value_int(t->slot),
	                        value_int(now + NOTIFY_LINK_MS)),
	                 NULL, NULL);
}

/* ---- read */

struct reading {
	struct arena *arena;
	struct notify_link *to;
};

static enum err take_link(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	must(count == 8);
	if (v[2].bytes.len != sizeof r->to->approval.bytes)
		return ERR_CORRUPT;
	*r->to = (struct notify_link){
		.notification = v[0].number,
		.person = arena_str(r->arena, v[1].bytes),
		.round = v[3].number,
		.slot = v[4].number,
		.expires_at = v[5].number,
		.used_at = v[6].kind == VALUE_NULL ? 0 : v[6].number,
		.disabled = v[7].kind != VALUE_NULL,
	};
	memcpy(r->to->approval.bytes, v[2].bytes.at, sizeof r->to->approval.bytes);
	return OK;
}

enum err notify_link_read(struct store *store, struct arena *a, struct str hash,
                          struct notify_link *link)
{
	struct reading r = { a, link };
	struct recipient person;

	must(hash.len == SHA256_SIZE);
	*link = (struct notify_link){ 0 };
	TRY(store_run(store, STMT_NOTIFY_LINK_READ, VALUES(value_blob(hash)), take_link, &r));
	if (link->notification == 0)
		return OK;
	must(link->round > 0 && link->slot > 0);
	TRY(recipient_read(store, a, link->person, &person));
	link->name = person.name;
	link->locale = person.locale;
	link->zone = person.zone;
	return OK;
}

enum err notify_link_use(struct batch *b, struct str hash)
{
	must(hash.len == SHA256_SIZE);
	return store_run(b->store, STMT_NOTIFY_LINK_USE,
	                 VALUES(value_blob(hash), value_int(b->now.wall_ms)), NULL, NULL);
}

/* ---- words */

enum err notify_name(struct store *store, struct arena *a, struct str id, struct str *name)
{
	struct recipient person;

	TRY(recipient_read(store, a, id, &person));
	*name = person.name;
	return OK;
}

struct str notify_moment(struct arena *a, const struct zone *zone, int64_t at)
{
	return moment_words(a, zone, at);
}
