/* reader.h - what the files that read a policy share. */
#ifndef RINGI_DOMAIN_POLICY_READER_H
#define RINGI_DOMAIN_POLICY_READER_H

#include "domain/policy/policy.h"

struct policy_reader {
	struct arena *arena;
	struct policy *policy;
	struct policy_node *first, *last; /* nodes in preorder */
	int node_count, seat_count;
	struct policy_fault *faults, **end;
	int fault_count;
	bool malformed; /* one of them says it is no policy at all */
};

/* Notes what is wrong; beyond POLICY_FAULTS_MAX nothing. Codes that begin with nothing else
 * than the need are the same in check and refusal. */
void policy_fault(struct policy_reader *, const char *code, struct str path, struct str en,
                  struct str ja);
void policy_fault_impossible(struct policy_reader *, const char *code, struct str path,
                             struct str en, struct str ja);
/* "/of" + "2"; the key is escaped. */
struct str policy_path(struct policy_reader *, struct str path, struct str key);
struct str policy_path_at(struct policy_reader *, struct str path, int index);

/* An object with no other members than those named; NULL ends the table. */
bool policy_members_known(struct policy_reader *, const struct json *, struct str path,
                          const char *const *names);
/* Each leaves *to as it was when the member is absent; false: it is something else. */
bool policy_read_int(struct policy_reader *, const struct json *object, const char *key,
                     struct str path, int min, int max, int *to);
bool policy_read_bool(struct policy_reader *, const struct json *object, const char *key,
                      struct str path, bool *to);
/* The index of the word in the table. */
bool policy_read_word(struct policy_reader *, const struct json *object, const char *key,
                      struct str path, const char *const *words, int *to);

/* A member of a node; false: a fault was noted. */
bool policy_read_member(struct policy_reader *, const struct json *, struct str path, int parent,
                        int depth, struct policy_member *);
struct policy_node *policy_read_node(struct policy_reader *, const struct json *, struct str path,
                                     int parent, int depth);
/* options.c: what only the root has. */
void policy_read_options(struct policy_reader *, const struct json *);
extern const char *const policy_root_names[]; /* of nodes and of the root */

/* possible.c: whether anybody can satisfy it. */
void policy_possible(struct policy_reader *);
/* canonical.c: the one text of it, and its digest. */
void policy_seal(struct arena *, struct policy *);

/* Words of the wire, by enum. NULL ends each. */
extern const char *const policy_empty_words[], *const policy_resubmit_words[];
extern const char *const policy_reject_words[],
	*const policy_abstain_words[], *const policy_self_words[], *const policy_edit_words[],
																   *const policy_then_words[],
																	   *const policy_remind_words[],
																		   *const policy_do_words[];

#endif
