/* ops.c - the operations of SNS. */
#include "api/family.h"

static const struct query_shape *shapes(const struct api_op *op)
{
	(void)op;
	return query_plain;
}

static struct api_error sns_error(const struct api_call *call, struct refused r)
{
	(void)call;
	return (struct api_error){ 400, S_NONE, S("InvalidAction"), r.text, false };
}

const struct api_family sns_family = {
	.name = { "sns", 3 },
	.version = { "2010-03-31", 10 },
	.xml_namespace = { "http://sns.amazonaws.com/doc/2010-03-31/", 41 },
	.shapes = shapes,
	.error = sns_error,
};
