/* demo_company.h - whom the demo is about: a company that is there before anything happens.
 *
 * demo_company.jsonl has one request a line: {"do": "PUT /v1/...", "body": ..., "as": who,
 * "keep": name}. In a line {{+2h}} is a moment from now (s, m, h, d) and {{name}} the id that an
 * earlier line has kept. Names are Japanese and English, as in a company of both.
 *
 * P1  Authentication is on: everybody has an account or an access key, and the rights of what
 *     they do in the story, no others. */
#ifndef RINGI_CLI_DEMO_COMPANY_H
#define RINGI_CLI_DEMO_COMPANY_H

#include "cli/demo.h"

struct client;

/* As `person` (X-Ringi-User), or as the demo itself: NULL. */
struct client *demo_client(const struct demo *, const char *person);

/* Makes the company; gives an exit code. */
int demo_company(struct demo *);
/* For each of the personas a link that logs in once, printed; gives an exit code. */
int demo_links(struct demo *);
/* An access key for SQS clients, in a line to copy; gives an exit code. */
int demo_sqs_key(struct demo *);

#endif
