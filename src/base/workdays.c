/* workdays.c - which days are worked on. */
#include "base/workdays.h"

#include "base/date.h"
#include "base/japan.h"

bool days_have(struct days days, int32_t day)
{
	size_t low = 0, high = days.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (days.at[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < days.count && days.at[low] == day;
}

bool is_workday(const struct workdays *w, int32_t day)
{
	unsigned weekdays = w == NULL ? WORKDAYS_USUAL : w->weekdays;
	bool usual = weekdays >> date_weekday(day) & 1;

	if (w == NULL)
		return usual;
	if (usual && !days_have(w->off, day) && !(w->japan && japan_holiday(day)))
		return true;
	return days_have(w->on, day);
}
