/* memory.c - schedules, zones and calendars in memory: found, added, loaded, forgotten. */
#include "domain/schedule/memory.h"

#include "base/limits.h"

/* ---- words */

static const char *const catch_ups[CATCH_UPS] = { "skip", "one", "all" };
static const char *const overlaps[OVERLAPS] = { "allow", "skip", "cancel_previous" };

const char *catch_up_name(enum catch_up c)
{
	must((unsigned)c < CATCH_UPS);
	return catch_ups[c];
}

const char *overlap_name(enum overlap o)
{
	must((unsigned)o < OVERLAPS);
	return overlaps[o];
}

static bool word_read(struct str s, const char *const *words, int count, int *out)
{
	for (*out = 0; *out < count; ++*out)
		if (str_is(s, words[*out]))
			return true;
	return false;
}

bool catch_up_read(struct str s, enum catch_up *out)
{
	int n;
	bool ok = word_read(s, catch_ups, CATCH_UPS, &n);

	*out = ok ? (enum catch_up)n : CATCH_UP_SKIP;
	return ok;
}

bool overlap_read(struct str s, enum overlap *out)
{
	int n;
	bool ok = word_read(s, overlaps, OVERLAPS, &n);

	*out = ok ? (enum overlap)n : OVERLAP_SKIP;
	return ok;
}

bool schedule_name_valid(struct str name)
{
	return calendar_name_valid(name);
}

/* ---- finding */

struct schedule *schedule_find(const struct domain *d, struct str name)
{
	return names_find(&d->schedules->by_name, name);
}

struct calendar_of *calendar_find(const struct domain *d, struct str name)
{
	return names_find(&d->schedules->calendars, name);
}

struct schedule *schedule_wanted(struct batch *b, struct cmd *c, struct str name)
{
	struct schedule *s = schedule_find(b->domain, name);

	if (s == NULL)
		refuse(c, REFUSED_NO_SUCH_SCHEDULE, "There is no schedule named %.*s.", S_ARG(name));
	return s;
}

void schedules_touch(struct batch *b)
{
	b->schedules_touched = true;
}

/* ---- adding, removing */

struct zone_of *zone_add(struct schedules *all, struct str name)
{
	struct arena *zone_arena = arena_open_sized(sizeof(struct zone_of) + name.len + 64);
	struct zone_of *z = ARENA_NEW(zone_arena, struct zone_of);

	must(names_find(&all->zones, name) == NULL);
	z->arena = zone_arena;
	z->name = arena_str(zone_arena, name);
	z->zone = zone_utc();
	names_put(&all->zones, z->name, z);
	return z;
}

bool zone_fill(struct zone_of *z, struct str bytes)
{
	struct arena *content = arena_open_sized(bytes.len * 4 + 1024);
	struct str why;
	const struct zone *zone = zone_read(content, bytes, &why);

	if (zone == NULL) {
		arena_close(content);
		return false;
	}
	z->bytes = arena_str(content, bytes);
	z->zone = zone;
	arena_close(z->content);
	z->content = content;
	return true;
}

static void zone_free(struct zone_of *z)
{
	arena_close(z->content);
	arena_close(z->arena);
}

void zone_remove(struct schedules *all, struct zone_of *z)
{
	const struct zone_of *was = names_take(&all->zones, z->name);

	must(was == z && z->users == 0);
	zone_free(z);
}

struct calendar_of *calendar_add(struct schedules *all, struct str name)
{
	struct arena *calendar_arena = arena_open_sized(sizeof(struct calendar_of) + name.len + 64);
	struct calendar_of *k = ARENA_NEW(calendar_arena, struct calendar_of);

	must(names_find(&all->calendars, name) == NULL);
	k->arena = calendar_arena;
	k->name = arena_str(calendar_arena, name);
	names_put(&all->calendars, k->name, k);
	return k;
}

bool calendar_fill(struct calendar_of *k, int64_t version, struct str body)
{
	struct arena *content = arena_open_sized(body.len * 4 + 1024);
	struct calendar *calendar = version == 0 ? calendar_built_in(content, k->name)
	                                         : calendar_of_text(content, body, S_NONE);

	if (calendar == NULL) {
		arena_close(content);
		return false;
	}
	calendar->version = version;
	k->calendar = calendar;
	arena_close(k->content);
	k->content = content;
	return true;
}

static void calendar_free(struct calendar_of *k)
{
	arena_close(k->content);
	arena_close(k->arena);
}

void calendar_remove(struct schedules *all, struct calendar_of *k)
{
	const struct calendar_of *was = names_take(&all->calendars, k->name);

	must(was == k && k->users == 0);
	calendar_free(k);
}

struct schedule *schedule_add(struct schedules *all, const struct schedule *from)
{
	struct arena *schedule_arena = arena_open_sized(sizeof *from + 512);
	struct schedule *s = ARENA_NEW(schedule_arena, struct schedule);

	must(from->zone != NULL && names_find(&all->by_name, from->name) == NULL);
	must(!from->paused || from->next_at == NEVER); /* S5 */
	*s = *from;
	s->order = (struct heap_entry){ 0 };
	s->arena = schedule_arena;
	s->name = arena_str(schedule_arena, from->name);
	s->queue = arena_str(schedule_arena, from->queue);
	s->cron_text = arena_str(schedule_arena, from->cron_text);
	s->zone->users++;
	if (s->calendar != NULL)
		s->calendar->users++;
	all->figures.paused += s->paused;
	names_put(&all->by_name, s->name, s);
	schedule_wait_until(all, s, s->next_at);
	return s;
}

void schedule_remove(struct schedules *all, struct schedule *s)
{
	const struct schedule *was = names_take(&all->by_name, s->name);

	must(was == s && s->zone->users > 0);
	heap_take(&all->due, &s->order);
	s->zone->users--;
	if (s->calendar != NULL)
		s->calendar->users--;
	all->figures.paused -= s->paused;
	arena_close(s->arena);
}

void schedule_wait_until(struct schedules *all, struct schedule *s, int64_t next_at)
{
	s->next_at = next_at;
	if (next_at == NEVER)
		heap_take(&all->due, &s->order);
	else
		heap_put(&all->due, &s->order, next_at, str_hash(s->name));
	must((s->order.place != 0) == (next_at != NEVER)); /* S5 */
}

static void clear(struct schedules *all)
{
	struct schedule *s;
	struct zone_of *z;
	struct calendar_of *k;
	size_t at = 0;

	heap_free(&all->due); /* before its members */
	while ((s = names_next(&all->by_name, &at)) != NULL)
		arena_close(s->arena);
	for (at = 0; (z = names_next(&all->zones, &at)) != NULL;)
		zone_free(z);
	for (at = 0; (k = names_next(&all->calendars, &at)) != NULL;)
		calendar_free(k);
	names_free(&all->by_name);
	names_free(&all->zones);
	names_free(&all->calendars);
}

/* ---- loading */

static enum err got_zone(void *context, const struct value *v, int count)
{
	must(count == 2);
	return zone_fill(zone_add(context, v[0].bytes), v[1].bytes) ? OK : ERR_CORRUPT;
}

static enum err got_calendar(void *context, const struct value *v, int count)
{
	must(count == 3);
	return calendar_fill(calendar_add(context, v[0].bytes), v[1].number, v[2].bytes) ? OK
	                                                                                 : ERR_CORRUPT;
}

void calendars_built_in(struct schedules *all)
{
	static const char *const names[] = { "always", "jp" };

	all->calendars_built_in = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct calendar_of *k = names_find(&all->calendars, str_of(names[i]));
		if (k == NULL) {
			k = calendar_add(all, str_of(names[i]));
			bool ok = calendar_fill(k, 0, S_NONE);
			must(ok);
		}
		all->calendars_built_in += k->calendar->version == 0;
	}
}

static bool job_read(const struct value *v, struct schedule *s)
{
	s->has_last_job = v->kind != VALUE_NULL;
	return !s->has_last_job || value_read_uuid(*v, &s->last_job);
}

/* UTC has no row. */
static struct zone_of *zone_of_row(struct schedules *all, struct str name)
{
	struct zone_of *z = names_find(&all->zones, name);

	return z == NULL && str_is(name, "UTC") ? zone_add(all, name) : z;
}

static enum err got_schedule(void *context, const struct value *v, int count)
{
	struct domain *d = context;
	struct arena *scratch = arena_open();
	struct cron_wrong wrong;
	struct schedule s = {
		.name = v[0].bytes,
		.queue = v[1].bytes,
		.cron_text = v[2].bytes,
		.zone = zone_of_row(d->schedules, v[3].bytes),
		.calendar = v[4].kind == VALUE_NULL ? NULL : calendar_find(d, v[4].bytes),
		.paused = v[7].number != 0,
		.next_at = v[8].kind == VALUE_NULL ? NEVER : v[8].number,
		.late = (int)v[9].number,
		.last_due_at = v[10].number,
	};

	must(count == 12);
	bool ok = cron_read(scratch, s.cron_text, &s.cron, &wrong);
	arena_close(scratch);
	ok = ok && s.zone != NULL && (s.calendar != NULL || v[4].kind == VALUE_NULL) &&
	     catch_up_read(v[5].bytes, &s.catch_up) && overlap_read(v[6].bytes, &s.overlap) &&
	     job_read(&v[11], &s) && (!s.paused || s.next_at == NEVER); /* S5 */
	if (!ok)
		return ERR_CORRUPT;
	schedule_add(d->schedules, &s);
	return OK;
}

enum err schedules_load(struct domain *d, struct store *store)
{
	if (d->schedules == NULL)
		d->schedules = mem_get(sizeof *d->schedules);
	clear(d->schedules);
	d->schedules->figures = d->schedules->committed;
	d->schedules->figures.paused = 0;
	TRY(store_run(store, STMT_ZONE_ALL, NO_VALUES, got_zone, d->schedules));
	TRY(store_run(store, STMT_CALENDAR_ALL, NO_VALUES, got_calendar, d->schedules));
	calendars_built_in(d->schedules);
	return store_run(store, STMT_SCHEDULE_ALL, NO_VALUES, got_schedule, d);
}

void schedules_free(struct domain *d)
{
	if (d->schedules != NULL)
		clear(d->schedules);
	d->schedules = mem_free(d->schedules);
}

void schedules_committed(struct domain *d)
{
	d->schedules->committed = d->schedules->figures;
}

struct schedule_figures schedules_figures(const struct domain *d)
{
	struct schedule_figures f = d->schedules->figures;

	f.schedules = (int64_t)d->schedules->by_name.count;
	f.calendars = (int64_t)d->schedules->calendars.count - d->schedules->calendars_built_in;
	return f;
}
