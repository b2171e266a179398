/* check.c - see check.h for what is promised; the statements are in sql/check.sql. */
#include "store/check.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

struct checking {
	struct store *store;
	struct store_check *result;
	void (*tell)(void *, const char *);
	void *context;
	int64_t last_id, wrong_bodies;
	bool some;
};

static void problem(struct checking *c, const char *sentence)
{
	c->result->problems++;
	c->tell(c->context, sentence);
}

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err take_page_report(void *context, const struct value *columns, int count)
{
	char sentence[256];

	must(count == 1);
	if (str_is(columns[0].bytes, "ok"))
		return OK;
	snprintf(sentence, sizeof sentence, "K1 pages: %.200s", columns[0].bytes.at);
	problem(context, sentence);
	return OK;
}

/* Statements that count what must not be there. */
static const struct {
	enum stmt stmt;
	const char *sentence;
} counts[] = {
	{ STMT_CHECK_NO_BODY, "K2 messages without a body" },
	{ STMT_CHECK_NO_MESSAGE, "K2 bodies without a message" },
	{ STMT_CHECK_NO_QUEUE, "K3 messages of a queue that there is not" },
	{ STMT_CHECK_DEDUP_NO_QUEUE, "K3 deduplication ids of a queue that there is not" },
	{ STMT_CHECK_ATTRIBUTE_NO_QUEUE, "K3 attributes, tags, schemas of a queue that there is not" },
	{ STMT_CHECK_SCHEMA, "K9 queues whose schema is not its newest version" },
	{ STMT_CHECK_BREAKER_NO_QUEUE, "K3 breakers of a queue that pushes nothing" },
	{ STMT_CHECK_SECRET_NO_PUSH, "K3 secrets of a queue that pushes nothing" },
	{ STMT_CHECK_HISTORY, "K11 figures over time of a queue that there is not, or that cannot be" },
	{ STMT_CHECK_AUDIT_WHOLE, "K12 personal data of audit records that do not tell of it" },
	{ STMT_CHECK_POSITION, "K4 messages at positions that were never given out" },
	{ STMT_CHECK_PURGED, "K4 messages that a purge should have given to the sweeper" },
	{ STMT_CHECK_VALUES, "K5 values that cannot be" },
	{ STMT_CHECK_TWICE, "K7 message ids given twice" },
	{ STMT_CHECK_JOB_VALUES, "K8 jobs whose state cannot be" },
	{ STMT_CHECK_APPROVAL_TIMER,
	  "T1, T4, T6 timers of no open approval, of another time, or without their calendar" },
	{ STMT_CHECK_SCHEDULE, "K10 schedules, zones and calendars that do not fit together" },
	{ STMT_CHECK_JOB_MESSAGE, "L3 open jobs without a message, or finished ones with one" },
	{ STMT_CHECK_JOB_RUNNING, "L1 jobs that run while nobody holds their message, or the reverse" },
	{ STMT_CHECK_JOB_PAYLOAD, "L4 jobs without a payload" },
	{ STMT_CHECK_JOB_ATTEMPTS, "L5 jobs whose attempts are not those that they began" },
	{ STMT_CHECK_GROUP, "G1 groups whose members are miscounted" },
	{ STMT_CHECK_SAGA, "S2, S4, S8 sagas that wait for nothing, or have something left undone" },
	{ STMT_CHECK_PEOPLE, "D1, D3 people, departments, posts and groups that do not fit together" },
	{ STMT_CHECK_DELEGATION, "V1, V2 delegations and absences that cannot be" },
	{ STMT_CHECK_ACCOUNT, "C1, C3 sessions and links of nobody, or accounts that cannot be" },
	{ STMT_CHECK_ROLE, "O3 roles that somebody has and there are not" },
	{ STMT_CHECK_NOTIFY_LINK, "N1 attempts and links of notifications that there never were" },
	{ STMT_CHECK_POLICY, "V1, V2 policies without their versions, texts or acceptance" },
	{ STMT_CHECK_DEPARTMENTS, "D2 departments that are below themselves" },
	{ STMT_CHECK_APPROVAL_VALUES, "A3 approvals whose state, times or data deny each other" },
	{ STMT_CHECK_APPROVAL_SLOTS, "A2, A5 slots that are asked by what is closed, or miscounted" },
	{ STMT_CHECK_APPROVAL_POLICY, "A4 approvals whose policy is not there" },
	{ STMT_CHECK_APPROVAL_CLOSES, "A1 approvals that were closed otherwise than once" },
	{ STMT_CHECK_APPROVAL_REST, "A7 labels, data, forms, requests of no approval" },
	{ STMT_CHECK_NOTIFY, "N2 notifications whose state cannot be, or that wait for nothing" },
	{ STMT_CHECK_JOB_NO_JOB, "L5 attempts or labels of no job" },
};

static enum err count_what_must_not_be(struct checking *c)
{
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		char sentence[256];
		int64_t n = 0;
		TRY(store_run(c->store, counts[i].stmt, NO_VALUES, take_number, &n));
		snprintf(sentence, sizeof sentence, "%s: %lld", counts[i].sentence, (long long)n);
		if (n > 0)
			problem(c, sentence);
	}
	return OK;
}

static enum err take_body(void *context, const struct value *columns, int count)
{
	struct checking *c = context;
	unsigned char md5[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	must(count == 3);
	must(columns[0].number > c->last_id); /* or the pages would never end */
	c->some = true;
	c->last_id = columns[0].number;
	struct str body = columns[1].bytes, kept = columns[2].bytes;
	c->result->bytes += (int64_t)body.len;
	must(EVP_Digest(body.at, body.len, md5, &size, EVP_md5(), NULL) == 1);
	if (kept.len != size || memcmp(kept.at, md5, size) != 0)
		c->wrong_bodies++;
	return OK;
}

static enum err check_bodies(struct checking *c)
{
	char sentence[128];

	do {
		c->some = false;
		TRY(store_run(c->store, STMT_CHECK_BODIES, VALUES(value_int(c->last_id)), take_body, c));
	} while (c->some);
	snprintf(sentence, sizeof sentence, "K6 bodies that do not fit their MD5: %lld",
	         (long long)c->wrong_bodies);
	if (c->wrong_bodies > 0)
		problem(c, sentence);
	return OK;
}

static enum err check_all(struct checking *c)
{
	TRY(store_run(c->store, STMT_CHECK_PAGES, NO_VALUES, take_page_report, c));
	if (c->result->problems > 0)
		return OK; /* rows of a broken database prove nothing */
	TRY(store_run(c->store, STMT_CHECK_COUNT_QUEUES, NO_VALUES, take_number, &c->result->queues));
	TRY(store_run(c->store, STMT_CHECK_COUNT_MESSAGES, NO_VALUES, take_number,
	              &c->result->messages));
	TRY(count_what_must_not_be(c));
	return check_bodies(c);
}

static bool database_exists(const char *place, char why[256])
{
	struct store *s;
	int64_t queues;

	if (store_open_reader(&s, place, why) != OK)
		return false;
	bool there = store_run(s, STMT_CHECK_COUNT_QUEUES, NO_VALUES, take_number, &queues) == OK;
	if (!there)
		snprintf(why, 256, "There is no ringi data in %.150s.", store_about(s));
	store_close(s);
	return there;
}

/* Opening to write makes what is missing, which is not what a check is for. */
bool store_exists(const char *place, char why[256])
{
	char path[2048];

	if (store_on_postgres(place))
		return database_exists(place, why);
	snprintf(path, sizeof path, "%s/ringi.db", place);
	snprintf(why, 256, "There is no ringi data in %.180s.", place);
	return access(path, R_OK) == 0;
}

/* In a transaction, which no other server can take the lease from, however long it is. */
static enum err check_inside(struct checking *c)
{
	int64_t epoch;

	TRY(store_lease(c->store, "ringi check", &epoch));
	TRY(store_begin(c->store, epoch));
	enum err fault = check_all(c);
	snprintf(c->result->detail, sizeof c->result->detail, "%s", store_detail(c->store));
	store_rollback(c->store);
	return fault;
}

enum err store_check(const char *place, void (*tell)(void *, const char *), void *context,
                     struct store_check *result)
{
	struct checking c = { .result = result, .tell = tell, .context = context, .last_id = -1 };

	memset(result, 0, sizeof *result);
	TRY(store_open(&c.store, place, result->detail));
	/* A folder is locked while it is open. */
	enum err fault = store_on_postgres(place) ? check_inside(&c) : check_all(&c);
	if (fault != OK && result->detail[0] == '\0')
		snprintf(result->detail, sizeof result->detail, "%s", store_detail(c.store));
	store_close(c.store);
	return fault;
}
