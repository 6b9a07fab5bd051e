/* How fast rows of the outbox leave: our relay, and bare loops that only read and send.
 *
 *   relay dure|select|mark <n> <file with the database's address> <port>
 *
 * n rows wait, committed. dure opens the relay on them (numbers without a hole, msgpack envelopes, publishes); select reads
 * 500 rows behind the last id and sends each payload; mark updates 500 rows as sent and sends what that returns. One
 * subscriber hears each of them and counts nothing: nng drops what it cannot take. */
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "tests/bench/kit/kit.h"

enum { LOOK_NS = 2000000, TYPE = 0, PAYLOAD, ID };

static struct config_common config = { .stage = "dev", .bus_peers = "" };
static struct app           app = { .service = "commerce", .config = &config };
static char                 listen_at[32], url[40];

static PGresult *
query(PGconn *pg, const char *sql, int n, const char *const *values)
{
	PGresult *r = PQexecParams(pg, sql, n, NULL, values, NULL, NULL, 1);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		kit_die(sql, PQerrorMessage(pg));
	return r;
}

static PGconn *
connect_to(const char *database)
{
	PGconn *pg = PQconnectdb(database);

	if (PQstatus(pg) != CONNECTION_OK)
		kit_die("connect", PQerrorMessage(pg));
	PQclear(query(pg, "SET search_path = commerce", 0, NULL));
	return pg;
}

static void
sure(int rv, const char *what)
{
	if (rv != 0)
		kit_die(what, nng_strerror(rv));
}

static void *
hear(void *arg)
{
	nng_socket s;
	nng_msg *m;

	sure(nng_sub0_open(&s), "sub");
	sure(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0), "subscribe");
	sure(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK), "dial");
	while (nng_recvmsg(s, &m, 0) == 0)
		nng_msg_free(m);
	return arg;
}

/* The relay numbers before it publishes: this looks at the numbers. */
static void
wait_until_numbered(PGconn *pg, long n)
{
	struct timespec pause = { .tv_nsec = LOOK_NS };

	for (long numbered = 0; numbered < n;) {
		PGresult *r = query(pg, "SELECT sum(seq)::int4::text FROM outbox_head", 0, NULL);
		numbered = atol(PQgetvalue(r, 0, 0));
		PQclear(r);
		(void)nanosleep(&pause, NULL);
	}
}

static void
by_relay(PGconn *pg, long n)
{
	struct arena *mem = arena_open(1048576);
	struct req rq;

	config.bus_listen = listen_at;
	req_begin(&rq, &app, mem, TEXT("bench"), 10000);
	const struct err *e = relay_open(&rq, &app.relay, &app);
	if (e != NULL)
		kit_die(e->slug, e->detail);
	wait_until_numbered(pg, n);
}

static void
send_row(nng_socket s, const PGresult *r, int i)
{
	size_t type = (size_t)PQgetlength(r, i, TYPE), payload = (size_t)PQgetlength(r, i, PAYLOAD);
	nng_msg *m;

	sure(nng_msg_alloc(&m, type + 1 + payload), "message");
	memcpy(nng_msg_body(m), PQgetvalue(r, i, TYPE), type);
	((char *)nng_msg_body(m))[type] = '\0';
	memcpy((char *)nng_msg_body(m) + type + 1, PQgetvalue(r, i, PAYLOAD), payload);
	sure(nng_sendmsg(s, m, 0), "send");
}

static void
by_loop(PGconn *pg, long n, const char *sql, bool marks)
{
	char last[24] = "0";
	nng_socket s;
	int rows;

	sure(nng_pub0_open(&s), "pub");
	sure(nng_listen(s, url, NULL, 0), "listen");
	for (long sent = 0; sent < n; sent += rows) {
		PGresult *r = query(pg, sql, marks ? 0 : 1, (const char *const[]){ last });
		if ((rows = PQntuples(r)) == 0)
			kit_die("loop", "no more rows");
		for (int i = 0; i < rows; i++)
			send_row(s, r, i);
		(void)snprintf(last, sizeof(last), "%s", PQgetvalue(r, rows - 1, ID));
		PQclear(r);
	}
}

int
main(int argc, char **argv)
{
	pthread_t hearer;

	if (argc != 5)
		kit_die("usage", "dure|select|mark <n> <file with the database's address> <port>");
	long n = atol(argv[2]);
	config.database_url = kit_line_of(argv[3]);
	(void)snprintf(listen_at, sizeof(listen_at), "127.0.0.1:%s", argv[4]);
	(void)snprintf(url, sizeof(url), "tcp://%s", listen_at);
	log_open("bench", LV_WARN);
	PGconn *pg = connect_to(config.database_url);
	if (pthread_create(&hearer, NULL, hear, NULL) != 0)
		kit_die("thread", "none");
	int64_t begun = kit_now_us(), cpu = kit_cpu_us();
	if (strcmp(argv[1], "dure") == 0)
		by_relay(pg, n);
	else if (strcmp(argv[1], "select") == 0)
		by_loop(pg, n, "SELECT type, payload, id::text FROM outbox WHERE id > $1::bigint ORDER BY id LIMIT 500", false);
	else
		by_loop(pg, n, "UPDATE outbox o SET seq = o.id FROM (SELECT id FROM outbox WHERE seq IS NULL ORDER BY id "
		    "LIMIT 500) w WHERE o.id = w.id RETURNING o.type, o.payload, o.id::text", true);
	kit_report((size_t)n, kit_now_us() - begun, kit_cpu_us() - cpu, NULL, 0);
	_Exit(0);
}
