/* pending.c - who is on the way to a provider and back: nothing but a sealed cookie, and, once
 * somebody came back, that they did. A flood of people who never come back costs no memory. */
#include <stdio.h>

#include "api/oidc/inside.h"

/* Moved to another provider's path it does not open. */
static struct str bound_to(struct arena *a, const struct oidc_provider *p)
{
	return arena_printf(a, "oidc:%.*s", S_ARG(p->name));
}

struct str oidc_seal(struct oidc *o, struct arena *a, const struct oidc_provider *p,
                     const struct oidc_pending *w, const uint8_t *nonce)
{
	struct str text = arena_printf(a, "%.*s\n%.*s\n%.*s\n%lld\n%.*s", S_ARG(w->state),
	                               S_ARG(w->nonce), S_ARG(w->verifier), (long long)w->ends_at,
	                               S_ARG(w->next));

	return base64url_text(a, seal_text(a, o->key, nonce, bound_to(a, p), text));
}

bool oidc_unseal(struct oidc *o, struct arena *a, const struct oidc_provider *p, struct str cookie,
                 struct oidc_pending *w)
{
	struct str sealed = base64url_read(a, cookie);
	struct str text = str_given(sealed) ? seal_text_open(a, o->key, bound_to(a, p), sealed)
	                                    : S_NONE;

	if (!str_given(text))
		return false;
	w->state = str_cut(&text, '\n');
	w->nonce = str_cut(&text, '\n');
	w->verifier = str_cut(&text, '\n');
	must(str_i64(str_cut(&text, '\n'), 0, INT64_MAX, &w->ends_at));
	w->next = text;
	return true;
}

bool oidc_use(struct oidc *o, struct str state)
{
	uint8_t hash[SHA256_SIZE];
	bool first = true;

	sha256(state, hash);
	pthread_mutex_lock(&o->mutex);
	for (int i = 0; i < OIDC_USED_MAX; i++)
		first = first && memcmp(o->used[i], hash, sizeof o->used[i]) != 0;
	if (first) {
		memcpy(o->used[o->used_next], hash, sizeof o->used[0]);
		o->used_next = (o->used_next + 1) % OIDC_USED_MAX;
	}
	pthread_mutex_unlock(&o->mutex);
	return first;
}

/* Browsers take '\' for '/', and leave out tabs and line ends: all of those are refused. */
struct str oidc_next(struct arena *a, struct str next)
{
	struct buf b = { 0 };

	if (next.len == 0 || next.len > OIDC_NEXT_MAX || next.at[0] != '/' ||
	    (next.len > 1 && next.at[1] == '/'))
		return S_NONE;
	for (size_t i = 0; i < next.len; i++) {
		unsigned char c = (unsigned char)next.at[i];
		if (c < ' ' || c == 0x7f || c == '\\') {
			buf_free(&b);
			return S_NONE;
		}
		if (c == ' ' || c > 0x7f || c == '"' || c == '<' || c == '>')
			buf_printf(&b, "%%%02X", c);
		else
			buf_add_byte(&b, (char)c);
	}
	struct str path = b.len > OIDC_NEXT_MAX ? S_NONE : arena_str(a, buf_str(&b));
	buf_free(&b);
	return path;
}
