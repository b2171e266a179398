/* news.h - what has changed in a batch that live views of approvals and inboxes look at again.
 *
 * News say where to look, never what is there: whoever is told reads the rows, as what they may
 * see. So there may be one too many, but none too few. Told behind the commit (engine/feed.h). */
#ifndef RINGI_DOMAIN_NEWS_H
#define RINGI_DOMAIN_NEWS_H

#include "base/list.h"
#include "base/str.h"
#include "base/time.h"

struct batch;

/* In batch.news, in the batch's arena. */
struct news {
	struct node node;
	struct uuid approval; /* all zero: whose inbox it is has changed, not one approval */
	struct uuid holder;
	bool of_holder; /* of an inbox; else of the approval itself */
};

/* How an inbox is named in news: by what slots name ("user:x", "group:y"). Pure. */
struct uuid news_key(struct str holder);

void news_of_approval(struct batch *, const struct uuid *approval);
/* Something that is asked of this holder. `approval` NULL: who is asked in their place, or what
 * groups they are in. */
void news_of_holder(struct batch *, const struct uuid *approval, struct str holder);
/* The same with approval NULL: a person. */
void news_of_person(struct batch *, struct str person);

#endif
