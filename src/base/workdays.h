/* workdays.h - which days are worked on. Pure; days as in base/date.h.
 *
 * A day is a workday when its weekday is one and it is no holiday, or when it is named as
 * worked on: that wins over everything else. */
#ifndef RINGI_BASE_WORKDAYS_H
#define RINGI_BASE_WORKDAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKDAYS_USUAL = 0x3e }; /* Monday to Friday */

struct days { /* ascending, each once */
	const int32_t *at;
	size_t count;
};
bool days_have(struct days, int32_t day);

struct workdays {
	uint8_t weekdays;    /* bit n: weekday n; bit 0: Sunday */
	bool japan;          /* national holidays of Japan (base/japan.h) are off */
	struct days off, on; /* holidays; days that are worked on all the same */
};
/* NULL: Monday to Friday without holidays. */
bool is_workday(const struct workdays *, int32_t day);

#endif
