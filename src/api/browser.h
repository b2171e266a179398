/* browser.h - requests that a web page of somebody else makes a person's browser send.
 *
 * With --auth off whoever reaches the port may do anything, and a browser on the same machine
 * reaches it for every page that is open in it: forms and images need nobody's consent, and a
 * name that its owner points to 127.0.0.1 makes such a page even look like one of ours. Pure. */
#ifndef RINGI_API_BROWSER_H
#define RINGI_API_BROWSER_H

#include "http/server.h"

/* Whether the request comes from a page of another origin, or is sent to a name that others
 * can point here: not an address, not a local name, and not the host of `own` (a URL of only
 * scheme and host, may be absent). */
bool browser_foreign(const struct http_request *, struct str own);

/* Only the first of the two: is it of our own origin, or of `own`, as far as a browser says? */
bool browser_same_origin(const struct http_request *, struct str own);

#endif
