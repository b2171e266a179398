/* near.c - the distance between two names: rows of the usual table, one at a time. */
#include "base/near.h"

#include <string.h>

enum { NAME_LONGEST = 48 };

static int least_of(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

int name_distance(const char *a, const char *b)
{
	int row[NAME_LONGEST + 1];
	int a_len = (int)strlen(a), b_len = (int)strlen(b);

	if (a_len > NAME_LONGEST || b_len > NAME_LONGEST)
		return NAME_LONGEST;
	for (int j = 0; j <= b_len; j++)
		row[j] = j;
	for (int i = 1; i <= a_len; i++) {
		int corner = row[0];
		row[0] = i;
		for (int j = 1; j <= b_len; j++) {
			int above = row[j];
			row[j] = least_of(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[b_len];
}

const char *nearest_name(const char *typed, const char *const *names, int count)
{
	const char *best = NULL;
	int limit = (int)strlen(typed) / 3 + 1, best_at = limit + 1;

	for (int i = 0; i < count; i++) {
		int d = name_distance(typed, names[i]);
		if (d < best_at) {
			best = names[i];
			best_at = d;
		}
	}
	return best;
}
