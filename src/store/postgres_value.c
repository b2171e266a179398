/* postgres_value.c - values, as PostgreSQL takes and gives them in binary.
 *
 * A column is bigint, text or bytea; what counts and sums give may also be numeric. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/postgres.h"

/* Object ids of types never change (pg_type.dat). */
enum {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_NAME = 19,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
	TYPE_OID = 26,
	TYPE_UNKNOWN = 705,
	TYPE_VARCHAR = 1043,
	TYPE_NUMERIC = 1700,
	TYPES_BYTEA = 1001,
	TYPES_TEXT = 1009,
	TYPES_VARCHAR = 1015,
	TYPES_INT8 = 1016,
};

bool pgs_type_known(Oid type)
{
	return type == TYPE_INT8 || type == TYPE_TEXT || type == TYPE_BYTEA || type == TYPE_VARCHAR;
}

Oid pgs_type_of(enum value_kind kind)
{
	must(kind != VALUE_NULL);
	return kind == VALUE_INT ? TYPE_INT8 : kind == VALUE_BLOB ? TYPE_BYTEA : TYPE_TEXT;
}

Oid pgs_array_of(Oid type)
{
	switch (type) {
	case TYPE_INT8:
		return TYPES_INT8;
	case TYPE_TEXT:
		return TYPES_TEXT;
	case TYPE_VARCHAR:
		return TYPES_VARCHAR;
	default:
		must(type == TYPE_BYTEA);
		return TYPES_BYTEA;
	}
}

const char *pgs_encode(struct pgs_params *p, int at, const struct value *v, Oid type)
{
	must(at >= 0 && at < STORE_PARAMS_MAX);
	p->formats[at] = 1;
	p->at[at] = NULL;
	p->lengths[at] = 0;
	switch (v->kind) {
	case VALUE_NULL:
		return NULL;
	case VALUE_INT:
		if (type != TYPE_INT8)
			return "a number where none belongs";
		p->numbers[at] = htobe64((uint64_t)v->number);
		p->at[at] = (const char *)&p->numbers[at];
		p->lengths[at] = sizeof p->numbers[at];
		return NULL;
	case VALUE_TEXT:
	case VALUE_BLOB:
		if (type == TYPE_INT8)
			return "a text where a number belongs";
		if (v->bytes.len > INT32_MAX)
			return "too many bytes";
		if (type != TYPE_BYTEA && v->bytes.len > 0 && memchr(v->bytes.at, 0, v->bytes.len) != NULL)
			return "a text with a zero byte, which PostgreSQL cannot hold";
		p->at[at] = v->bytes.len == 0 ? "" : v->bytes.at;
		p->lengths[at] = (int)v->bytes.len;
		return NULL;
	}
	return "of no kind";
}

static uint16_t two(const char *at)
{
	uint16_t n;

	memcpy(&n, at, sizeof n);
	return be16toh(n);
}

/* Whole numbers that fit: groups of four decimal digits, the first of them times 10000^weight. */
static bool numeric(const char *at, int len, int64_t *out)
{
	enum { HEAD = 8, NEGATIVE = 0x4000 };
	int64_t n = 0;

	if (len < HEAD)
		return false;
	int groups = two(at), weight = (int16_t)two(at + 2), sign = two(at + 4);
	if ((sign != 0 && sign != NEGATIVE) || len != HEAD + 2 * groups || groups > weight + 1)
		return groups == 0 && sign == 0 && len == HEAD ? (*out = 0, true) : false;
	for (int i = 0; i <= weight; i++) {
		int64_t group = i < groups ? two(at + HEAD + 2 * (size_t)i) : 0;
		if (__builtin_mul_overflow(n, 10000, &n) || __builtin_add_overflow(n, group, &n))
			return false;
	}
	*out = sign == 0 ? n : -n;
	return true;
}

static int64_t whole(const char *at, int len)
{
	uint64_t n = 0;
	uint32_t four;

	switch (len) {
	case 1:
		return *at;
	case 2:
		return (int16_t)two(at);
	case 4:
		memcpy(&four, at, sizeof four);
		return (int32_t)be32toh(four);
	default:
		must(len == 8);
		memcpy(&n, at, sizeof n);
		return (int64_t)be64toh(n);
	}
}

int64_t pgs_number(const PGresult *r, int column)
{
	int64_t n;

	return str_i64(str_of(PQgetvalue(r, 0, column)), INT64_MIN, INT64_MAX, &n) ? n : 0;
}

bool pgs_decode(const PGresult *r, int row, int column, struct value *to)
{
	const char *at = PQgetvalue(r, row, column);
	int len = PQgetlength(r, row, column);
	int64_t n;

	*to = value_null();
	if (PQgetisnull(r, row, column))
		return true;
	switch (PQftype(r, column)) {
	case TYPE_BOOL:
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		*to = value_int(whole(at, len));
		return true;
	case TYPE_NUMERIC:
		if (!numeric(at, len, &n))
			return false;
		*to = value_int(n);
		return true;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_NAME:
	case TYPE_UNKNOWN:
		*to = value_text((struct str){ at, (size_t)len });
		return true;
	case TYPE_BYTEA:
		*to = value_blob((struct str){ at, (size_t)len });
		return true;
	default:
		return false;
	}
}
