/* hist.c - how long things took: a histogram of milliseconds. */
#include "domain/queue/hist.h"

#include "base/err.h"

int64_t hist_lower(int bucket)
{
	must(bucket >= 0 && bucket <= HIST_BUCKETS);
	if (bucket < 4)
		return bucket;
	return (int64_t)(4 + bucket % 4) << (bucket / 4 - 1);
}

int64_t hist_count(const struct hist *h)
{
	int64_t count = 0;

	for (int i = 0; i < HIST_BUCKETS; i++)
		count += h->at[i];
	return count;
}

int64_t hist_percentile(const struct hist *h, int percent)
{
	int64_t count = hist_count(h), below = 0;

	must(percent >= 0 && percent <= 100);
	if (count == 0)
		return -1;
	int64_t rank = (count * percent + 99) / 100;
	if (rank < 1)
		rank = 1;
	for (int i = 0; i < HIST_BUCKETS; i++) {
		if (below + h->at[i] >= rank) {
			int64_t low = hist_lower(i), width = hist_lower(i + 1) - low;
			return low + width * (2 * (rank - below) - 1) / (2 * (int64_t)h->at[i]);
		}
		below += h->at[i];
	}
	return hist_lower(HIST_BUCKETS);
}

void hist_add(struct hist *to, const struct hist *h)
{
	for (int i = 0; i < HIST_BUCKETS; i++)
		to->at[i] += h->at[i];
}

void hist_take(struct hist *from, const struct hist *h)
{
	for (int i = 0; i < HIST_BUCKETS; i++) {
		must(from->at[i] >= h->at[i]);
		from->at[i] -= h->at[i];
	}
}

void hist_write(struct buf *to, const struct hist *h)
{
	bool some = false;

	for (int i = 0; i < HIST_BUCKETS; i++) {
		if (h->at[i] == 0)
			continue;
		buf_printf(to, "%s%d:%u", some ? " " : "", i, h->at[i]);
		some = true;
	}
}

bool hist_read(struct str text, struct hist *h)
{
	*h = (struct hist){ 0 };
	while (text.len > 0) {
		struct str pair = str_cut(&text, ' '), bucket = str_cut(&pair, ':');
		int64_t i, n;
		if (!str_i64(bucket, 0, HIST_BUCKETS - 1, &i) || !str_i64(pair, 1, UINT32_MAX, &n))
			return false;
		h->at[i] = (uint32_t)n;
	}
	return true;
}
