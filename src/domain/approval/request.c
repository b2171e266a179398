/* request.c - a request that may come twice is carried out once, and answered for ever (A6). */
#include "domain/approval/inside.h"
#include "wire/hash.h"
#include "wire/json.h"

struct finding {
	struct cmd *c;
	struct approval_request *of;
};

static enum err found(void *context, const struct value *columns, int count)
{
	struct finding *f = context;
	struct approval_request *of = f->of;

	must(count == 2);
	if (columns[0].bytes.len != SHA256_SIZE)
		return ERR_CORRUPT;
	if (memcmp(columns[0].bytes.at, of->hash, SHA256_SIZE) != 0) {
		of->refused = refused_as(f->c->arena, REFUSED_ID_REUSED,
		                         "The request id %.*s was used for another request. Take a new "
		                         "id for a new decision.",
		                         S_ARG(of->request));
		return OK;
	}
	of->same = true;
	of->answer = arena_str(f->c->arena, columns[1].bytes);
	return OK;
}

enum err request_check(struct batch *b, struct cmd *c, struct approval_request *of)
{
	struct finding f = { c, of };

	of->same = false; /* it may run again after a rollback */
	of->refused = (struct refused){ .why = REFUSED_NONE };
	if (!str_given(of->request))
		return OK;
	must(of->request.len > 0 && of->request.len <= IDEMPOTENCY_KEY_MAX);
	return store_run(b->store, STMT_APPROVAL_REQUEST_READ,
	                 VALUES(value_text(c->caller.principal), value_text(of->request)), found, &f);
}

static struct str answer_of(struct arena *arena, const struct approval *a,
                            const struct approval_slot *s)
{
	struct buf b = { 0 };
	char id[37];

	uuid_text(a->uuid, id);
	buf_add_byte(&b, '{');
	json_write_member(&b, "id", str_of(id));
	json_write_member(&b, "state", approval_state_name(a->state));
	buf_printf(&b, ",\"round\":%lld,\"data_version\":%lld", (long long)a->round,
	           (long long)a->data_version);
	if (s != NULL) {
		json_write_name(&b, "slot");
		slot_json(&b, s, true);
	}
	buf_add_byte(&b, '}');
	arena_adopt(arena, b.at);
	return buf_str(&b);
}

enum err request_keep(struct batch *b, const struct cmd *c, struct approval_request *of,
                      const struct approval *a, const struct approval_slot *s)
{
	must(!of->same && of->refused.why == REFUSED_NONE);
	of->answer = answer_of(c->arena, a, s);
	if (!str_given(of->request))
		return OK;
	return store_run(b->store, STMT_APPROVAL_REQUEST_PUT,
	                 VALUES(value_text(c->caller.principal), value_text(of->request),
	                        value_blob((struct str){ (const char *)of->hash, sizeof of->hash }),
	                        value_int(a->id), value_text(of->answer)),
	                 NULL, NULL);
}
