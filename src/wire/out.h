/* out.h - one answer, written once, read as JSON or as Amazon's XML.
 *
 *     struct out o = out_start(OUT_JSON, &body);
 *     out_object(&o, S("Attributes"))...
 *
 * The writer keeps track of commas and of open elements. In JSON a list is an
 * array; in XML each element repeats the list's element name (`flattened`, as SQS
 * does) or is <member> inside the list (as SNS does). A map in JSON is an object;
 * in XML each entry is an element with <Name>/<Key> and <Value> children. Numbers
 * and texts look alike in XML. XML text escapes `\r` as &#xD;. */
#ifndef RINGI_WIRE_OUT_H
#define RINGI_WIRE_OUT_H

#include "base/buf.h"
#include "base/str.h"

enum out_form { OUT_JSON, OUT_XML };
enum { OUT_DEPTH_MAX = 16 };

struct out {
	enum out_form form;
	struct buf *to;
	int depth;
	struct {
		struct str element; /* XML: the name to close with */
		bool some;          /* JSON: a comma is due        */
		char close;         /* JSON: } or ], 0: none       */
	} level[OUT_DEPTH_MAX];
};

struct out out_start(enum out_form, struct buf *to);

/* JSON: "key": {...}; XML: <key>...</key>. At the root and inside a list JSON has no key. */
void out_object(struct out *, struct str key);
/* JSON: "key": [...]; XML: nothing when `wrapper` is absent, else <wrapper>. */
void out_list(struct out *, struct str key, struct str wrapper);
/* An element of a list: JSON {...}; XML <element>...</element>. */
void out_item(struct out *, struct str element);
void out_end(struct out *); /* closes the innermost of the above */

void out_text(struct out *, struct str key, struct str value);
void out_number(struct out *, struct str key, int64_t value);
void out_bool(struct out *, struct str key, bool value);
/* A value that is JSON already; for OUT_JSON only. */
void out_json(struct out *, struct str key, struct str json);
/* A text that is an element of a list. */
void out_item_text(struct out *, struct str element, struct str value);
/* One entry of a map: JSON "name": "value" (inside out_object(o, map));
 * XML <element><name_tag>name</name_tag><value_tag>value</value_tag></element>. */
void out_entry(struct out *, struct str element, struct str name_tag, struct str value_tag,
               struct str name, struct str value);

void xml_write_text(struct buf *, struct str); /* escaped */

#endif
