/* versions.h - policies as a resource: named, versioned, changed by those who may.
 *
 *     put --> in force -- put --> superseded
 *      '----> proposed (four eyes) -- accepted by another person --> in force
 *
 * V1  A version never changes; the same content again makes no new one.
 * V2  With four eyes a version is in force only when somebody else than its author has
 *     accepted it. What is in force says whether it is so: switching it off is a change like
 *     any other.
 * V3  Retired: no new approvals. Those that are open keep the version they opened with, and
 *     its text is found by its SHA-256 for ever.
 * V4  A policy that was made of a template is stored as it came out: a later change of the
 *     template changes no policy.
 * V5  Rows are all there is: nothing of this is in memory. */
#ifndef RINGI_DOMAIN_POLICY_VERSIONS_H
#define RINGI_DOMAIN_POLICY_VERSIONS_H

#include "domain/batch.h"
#include "domain/policy/policy.h"

enum policy_state { POLICY_PROPOSED, POLICY_IN_FORCE, POLICY_SUPERSEDED, POLICY_RETIRED };
const char *policy_state_name(enum policy_state); /* "IN_FORCE" */

struct policy_version {
	struct str name; /* absent: there is none */
	int64_t version;
	enum policy_state state;
	struct str sha256;    /* bytes */
	struct str canonical; /* absent in lists */
	bool four_eyes;
	struct str note, template, parameters; /* absent: none */
	struct str proposed_by, accepted_by;   /* accepted_by absent: nobody yet */
	int64_t proposed_at, accepted_at;
	int64_t current, newest; /* of the policy; current 0: none is in force */
	int64_t retired_at;      /* 0: in use */
};

/* Letters, digits and - _ . ; at most POLICY_NAME_MAX. Of templates, too. */
bool policy_name_valid(struct str);

/* ---- for approvals: what opens by a policy */

/* Version 0: the one in force; others must have been accepted. Name absent in `info`, and the
 * refusal in `why`: NO_SUCH_POLICY, or CONFLICT when it is retired or not accepted. */
enum err policy_for_opening(struct store *, struct arena *, struct str name, int64_t version,
                            const struct policy **, struct policy_version *info,
                            struct refused *why) MUST_USE;
/* The policy of that digest (32 bytes); NULL: there is none. */
enum err policy_by_sha256(struct store *, struct arena *, struct str sha256, const struct policy **)
	MUST_USE;
/* Keeps the text, of an approval whose policy has no name. */
enum err policy_body_put(struct batch *, const struct policy *) MUST_USE;

/* ---- commands */

struct policy_put {
	struct str name;
	const struct policy *policy;   /* NULL: of the template */
	struct str template;           /* absent: none */
	const struct json *parameters; /* of the template; NULL: none */
	int four_eyes;                 /* 1, 0; -1: as it is */
	struct str note;               /* absent: none */
	struct str if_match;           /* policy_etag of what was seen; absent: any */
	/* out */
	bool existed, changed, with_four_eyes;
	int64_t version;
	enum policy_state state;
	struct policy_version before; /* what was newest */
};
extern const struct op op_policy_put;

/* Of the newest version: "CURRENT.NEWEST", without quotes. */
struct str policy_etag(struct arena *, int64_t current, int64_t newest);

struct policy_accept {
	struct str name;
	int64_t version;
	struct policy_version found; /* out */
};
extern const struct op op_policy_accept;

struct policy_named {
	struct str name;
};
extern const struct op op_policy_retire;

struct policy_get { /* read lane */
	struct str name;
	int64_t version; /* 0: in force, else the newest */
	struct policy_version found;
};
extern const struct op op_policy_get;

struct policy_list {  /* read lane */
	struct str name;  /* versions of this; absent: all policies */
	struct str after; /* of policies */
	int64_t below;    /* of versions */
	int max;
	struct policy_version *list; /* out */
	int count;
	bool more;
};
extern const struct op op_policy_list, op_policy_versions;

/* What a policy would mean, or why it can't be. Read lane. */
struct policy_checking {
	const struct json *tree; /* NULL: of the template */
	struct str template;
	const struct json *parameters;
	const struct policy *policy; /* out: NULL, and: */
	struct policy_fault *faults;
};
extern const struct op op_policy_check;

/* Policies that are alike but for names and constants. Read lane. */
struct policy_alike {
	struct str shape, name, sha256, canonical; /* bytes */
	int64_t version;
};
struct policy_similar {
	struct policy_alike *list; /* out: by shape, then by SHA-256 */
	int count;
	bool more; /* than POLICY_SIMILAR_MAX */
};
extern const struct op op_policy_similar;

/* The policy in words: who has to agree. */
enum policy_language { POLICY_EN, POLICY_JA };
void policy_explain(const struct policy *, enum policy_language, struct buf *);
/* Digest of what is left without names and constants. */
void policy_shape(const struct policy *, uint8_t digest[SHA256_SIZE]);

#endif
