/* breaker.c - whether a push queue's URL is called at all. */
#include "domain/queue/breaker.h"

const char *breaker_state_name(enum breaker_state s)
{
	static const char *const names[] = { "closed", "open", "half_open" };

	return names[s];
}

enum breaker_state breaker_state(const struct breaker *br, struct now now)
{
	if (br->until_mono == 0)
		return BREAKER_CLOSED;
	return now.mono_ms < br->until_mono ? BREAKER_OPEN : BREAKER_HALF_OPEN;
}

static void open_for(struct breaker *br, struct now now, int64_t ms)
{
	must(ms > 0 && ms <= PUSH_RETRY_AFTER_MAX_MS);
	br->until_mono = now.mono_ms + ms;
	br->until_wall = now.wall_ms + ms;
}

static int64_t next_pause(int64_t pause_ms)
{
	if (pause_ms == 0)
		return PUSH_PAUSE_MIN_MS;
	return 2 * pause_ms < PUSH_PAUSE_MAX_MS ? 2 * pause_ms : PUSH_PAUSE_MAX_MS;
}

bool breaker_failed(struct breaker *br, struct now now, int64_t hold_ms)
{
	enum breaker_state state = breaker_state(br, now);
	int64_t ms = 0;

	if (state != BREAKER_OPEN) {
		br->failures++;
		if (state == BREAKER_HALF_OPEN || br->failures >= PUSH_FAILURES)
			ms = br->pause_ms = next_pause(br->pause_ms);
	}
	ms = hold_ms > ms ? hold_ms : ms;
	if (ms > 0 && now.mono_ms + ms > br->until_mono)
		open_for(br, now, ms);
	else if (state == BREAKER_OPEN)
		return false;
	return true;
}

bool breaker_succeeded(struct breaker *br)
{
	bool changed = br->failures > 0 || br->until_mono != 0;

	*br = (struct breaker){ 0 };
	return changed;
}
