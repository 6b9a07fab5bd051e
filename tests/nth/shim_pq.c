/* The calls of libpq that the db room makes: each can fail in the way that libpq says it may. */
#include <stddef.h>

#include "tests/nth/shim.h"
#include <postgresql/libpq-fe.h>

/* Declares `real`, the function behind this one. */
#define FIND_REAL(name) \
	static __typeof__(&(name)) real; \
	if (real == NULL) \
		nth_find(&real, #name)

PGconn *
PQconnectStartParams(const char *const *keys, const char *const *values, int expand)
{
	FIND_REAL(PQconnectStartParams);
	return nth_is_due(NTH_PQ) ? NULL : real(keys, values, expand);
}

PostgresPollingStatusType
PQconnectPoll(PGconn *conn)
{
	FIND_REAL(PQconnectPoll);
	return nth_is_due(NTH_PQ) ? PGRES_POLLING_FAILED : real(conn);
}

int
PQsetnonblocking(PGconn *conn, int arg)
{
	FIND_REAL(PQsetnonblocking);
	return nth_is_due(NTH_PQ) ? -1 : real(conn, arg);
}

int
PQenterPipelineMode(PGconn *conn)
{
	FIND_REAL(PQenterPipelineMode);
	return nth_is_due(NTH_PQ) ? 0 : real(conn);
}

int
PQsendPrepare(PGconn *conn, const char *name, const char *query, int n, const Oid *types)
{
	FIND_REAL(PQsendPrepare);
	return nth_is_due(NTH_PQ) ? 0 : real(conn, name, query, n, types);
}

int
PQsendQueryPrepared(PGconn *conn, const char *name, int n, const char *const *values, const int *lengths, const int *formats,
    int format)
{
	FIND_REAL(PQsendQueryPrepared);
	return nth_is_due(NTH_PQ) ? 0 : real(conn, name, n, values, lengths, formats, format);
}

int
PQpipelineSync(PGconn *conn)
{
	FIND_REAL(PQpipelineSync);
	return nth_is_due(NTH_PQ) ? 0 : real(conn);
}

int
PQsendFlushRequest(PGconn *conn)
{
	FIND_REAL(PQsendFlushRequest);
	return nth_is_due(NTH_PQ) ? 0 : real(conn);
}

int
PQflush(PGconn *conn)
{
	FIND_REAL(PQflush);
	return nth_is_due(NTH_PQ) ? -1 : real(conn);
}

int
PQconsumeInput(PGconn *conn)
{
	FIND_REAL(PQconsumeInput);
	return nth_is_due(NTH_PQ) ? 0 : real(conn);
}

/* A result for which there was no memory: it has come and is gone. */
PGresult *
PQgetResult(PGconn *conn)
{
	PGresult *res;

	FIND_REAL(PQgetResult);
	res = real(conn);
	if (res == NULL || !nth_is_due(NTH_PQ))
		return res;
	PQclear(res);
	return NULL;
}
