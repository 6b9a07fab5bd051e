/* PostgreSQL's numbers of our types. */
#include "common/db/conn.h"

Oid
db_oid(enum db_type type)
{
	static const Oid oids[] = {
		[DB_BOOL] = DB_OID_BOOL, [DB_INT2] = DB_OID_INT2, [DB_INT4] = DB_OID_INT4, [DB_INT8] = DB_OID_INT8,
		[DB_TEXT] = DB_OID_TEXT, [DB_UUID] = DB_OID_UUID, [DB_TIMESTAMPTZ] = DB_OID_TIMESTAMPTZ,
		[DB_DATE] = DB_OID_DATE, [DB_BYTEA] = DB_OID_BYTEA, [DB_JSONB] = DB_OID_JSONB,
		[DB_UUID_ARRAY] = DB_OID_UUID_ARRAY, [DB_INT4_ARRAY] = DB_OID_INT4_ARRAY,
		[DB_INT8_ARRAY] = DB_OID_INT8_ARRAY, [DB_TEXT_ARRAY] = DB_OID_TEXT_ARRAY,
	};

	SURE((size_t)type < COUNT_OF(oids));
	return oids[type];
}
