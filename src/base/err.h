/* err.h - the three kinds of "no".
 *
 *   refusal  the caller's business: part of the API, a name and a sentence,
 *            changes nothing (domain/refusal.h). Not an `enum err`.
 *   fault    the world failed: returned upwards unchanged as `enum err`, logged
 *            once at the top, answered with "try again".
 *   bug      we failed: must() ends the process, because after a crash the
 *            stored state is still right.
 *
 * must() stays on in release builds; use it for O(1) checks. */
#ifndef RINGI_BASE_ERR_H
#define RINGI_BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

enum err {
	OK = 0,
	ERR_BUSY,    /* try again soon: lock held, inbox full               */
	ERR_LOST,    /* somebody else owns this partition now: stop writing */
	ERR_LIMIT,   /* a bound of base/limits.h was reached                */
	ERR_FULL,    /* no room left on the disk                            */
	ERR_IO,      /* disk or database failed                             */
	ERR_CORRUPT, /* stored data breaks an invariant                     */
	ERR_NEWER,   /* stored by a newer version of ringi                  */
};

const char *err_name(enum err);

#define must(condition) \
	((condition) ? (void)0 : must_failed(#condition, __FILE__, __LINE__, __func__))

void must_failed(const char *condition, const char *file, int line, const char *function)
	__attribute__((noreturn, cold));

/* Returns the fault from the calling function, unchanged. */
#define TRY(call) \
	do { \
		enum err try_err_ = (call); \
		if (try_err_ != OK) \
			return try_err_; \
	} while (0)

#endif
