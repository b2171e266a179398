/* channel.c - channels, as rows; and which of them somebody is told by.
 *
 * Who has said nothing is told by the channels that stand for everybody ("for_all" in their
 * settings, and mail): at the mail address that the directory has, or at the attribute of the
 * person that has the channel's name. */
#include "domain/notify/inside.h"

struct reading {
	struct arena *arena;
	struct channels *to;
	size_t cap;
};

static enum err take_channel(void *context, const struct value *v, int count)
{
	struct reading *r = context;
	struct channels *to = r->to;

	must(count == 9 && to->count <= CHANNELS_MAX);
	if (to->count == CHANNELS_MAX)
		return OK;
	to->all[to->count++] = (struct channel){
		.name = arena_str(r->arena, v[0].bytes),
		.type = arena_str(r->arena, v[1].bytes),
		.position = v[2].number,
		.enabled = v[3].number != 0,
		.settings = arena_str(r->arena, v[4].bytes),
		.sealed = arena_str(r->arena, v[5].bytes),
		.version = v[6].number,
		.created_at = v[7].number,
		.changed_at = v[8].number,
	};
	return OK;
}

enum err channels_read(struct store *store, struct arena *a, struct channels *to)
{
	struct reading r = { .arena = a, .to = to };

	*to = (struct channels){ .all = ARENA_ARRAY(a, struct channel, CHANNELS_MAX) };
	return store_run(store, STMT_NOTIFY_CHANNELS, NO_VALUES, take_channel, &r);
}

const struct channel *channel_named(const struct channels *channels, struct str name)
{
	for (int i = 0; i < channels->count; i++)
		if (str_eq(channels->all[i].name, name))
			return &channels->all[i];
	return NULL;
}

/* ---- the way to somebody */

/* Posts to one place, whoever is told: Teams' flows, Slack's and other webhooks. */
static bool needs_address(struct arena *a, const struct channel *ch)
{
	struct str why;

	if (str_is(ch->type, "slack"))
		return json_get(json_read(a, ch->sealed, &why), "url") == NULL;
	return !str_is(ch->type, "teams") && !str_is(ch->type, "webhook");
}

/* Absent: they have none there. */
static struct str address_at(struct arena *a, const struct recipient *r, const struct channel *ch)
{
	struct str own = S_NONE;

	JSON_EACH (r->attributes, v)
		if (str_eq(v->key, ch->name))
			own = json_text(v);
	if (own.len > 0)
		return own;
	if (str_is(ch->type, "smtp"))
		return r->email.len > 0 ? r->email : S_NONE;
	return needs_address(a, ch) ? S_NONE : S("");
}

static bool for_all(const struct channel *ch, const struct json *settings)
{
	const struct json *said = json_get(settings, "for_all");

	return said == NULL ? str_is(ch->type, "smtp") : said->kind == JSON_TRUE;
}

static int add_step(struct step *steps, int n, const struct channel *ch, struct str address)
{
	if (n == NOTIFY_STEPS_MAX || !str_given(address))
		return n;
	steps[n] = (struct step){ ch, address };
	return n + 1;
}

int recipient_steps(struct arena *a, const struct recipient *r, const struct channels *channels,
                    struct step steps[NOTIFY_STEPS_MAX])
{
	const struct json *said = json_get(r->wants, "channels");
	struct str why;
	int n = 0;

	for (int i = 0; said == NULL && i < channels->count; i++) {
		const struct channel *ch = &channels->all[i];
		const struct json *settings = json_read(a, ch->settings, &why);
		if (for_all(ch, settings))
			n = add_step(steps, n, ch, address_at(a, r, ch));
	}
	JSON_EACH (said, v) {
		const struct channel *ch = channel_named(channels, json_get_text(v, "channel"));
		struct str address = json_get_text(v, "address");
		if (ch != NULL)
			n = add_step(steps, n, ch, address.len > 0 ? address : address_at(a, r, ch));
	}
	must(n >= 0 && n <= NOTIFY_STEPS_MAX);
	return n;
}
