/* The calls of libpq that the db room makes: each can fail in the way that libpq says it may. */
#include <stddef.h>

#include "tests/nth/shim.h"
#include <postgresql/libpq-fe.h>

/* name, what it is when it fails, its parameters with types, and without */
#define PQ_CALL(result, name, failure, with_types, without) \
	result name with_types \
	{ \
		static result (*real) with_types; \
		if (real == NULL) \
			nth_find(&real, #name); \
		return nth_is_due(NTH_PQ) ? (failure) : real without; \
	}

PQ_CALL(PGconn *, PQconnectStartParams, NULL, (const char *const *keys, const char *const *values, int expand),
    (keys, values, expand))
PQ_CALL(PostgresPollingStatusType, PQconnectPoll, PGRES_POLLING_FAILED, (PGconn *conn), (conn))
PQ_CALL(int, PQsetnonblocking, -1, (PGconn *conn, int arg), (conn, arg))
PQ_CALL(int, PQenterPipelineMode, 0, (PGconn *conn), (conn))
PQ_CALL(int, PQsendPrepare, 0, (PGconn *conn, const char *name, const char *query, int n, const Oid *types),
    (conn, name, query, n, types))
PQ_CALL(int, PQsendQueryPrepared, 0, (PGconn *conn, const char *name, int n, const char *const *values,
    const int *lengths, const int *formats, int format), (conn, name, n, values, lengths, formats, format))
PQ_CALL(int, PQpipelineSync, 0, (PGconn *conn), (conn))
PQ_CALL(int, PQsendFlushRequest, 0, (PGconn *conn), (conn))
PQ_CALL(int, PQflush, -1, (PGconn *conn), (conn))
PQ_CALL(int, PQconsumeInput, 0, (PGconn *conn), (conn))

/* A result for which there was no memory: it has come and is gone. */
PGresult *
PQgetResult(PGconn *conn)
{
	static PGresult *(*real)(PGconn *);
	PGresult *res;

	if (real == NULL)
		nth_find(&real, "PQgetResult");
	res = real(conn);
	if (res == NULL || !nth_is_due(NTH_PQ))
		return res;
	PQclear(res);
	return NULL;
}
