/* Events by outbox, relay, nng and inbox. Publisher and subscriber are one process, as the peers' are; between them are the
 * tables, the relay's thread and nng over the loopback. where: publishing and asking port. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/core/app.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/inbox/inbox.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "gen/proto/commerce/commerce_events.gen.h"
#include "tests/bench/kit/kit.h"

enum { WAKE_HEARD = 128, KEYS = 1000, OPEN_MS = 10000 };

static struct config_common config = { .stage = "dev" };
static char                 listen_at[2][32], peers[96];
static struct uuid          keys[KEYS];
static struct inbox        *in;

/* Of the transaction in hand; the inbox has one thread per publisher. */
static struct event_row rows[EVENT_BATCH];
static size_t           n_rows;

static void
wake(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_RELAY) != 0 && app->relay != NULL)
		relay_wake(app->relay);
	if ((what & WAKE_HEARD) != 0) {
		event_heard(rows, n_rows);
		n_rows = 0;
	}
}

static struct app app = { .service = "commerce", .config = &config, .wake = wake };

static const struct err *
on_order_placed(struct req *rq, const void *event)
{
	static const enum db_type types[] = { DB_INT8, DB_TEXT };
	static const struct db_stmt insert = { .name = "heard", .take = DB_QUEUE, .n_in = 2, .in = types,
		.text = "INSERT INTO heard (number, order_no) VALUES ($1, $2)" };
	const struct order_placed_v1 *e = event;
	struct event_row *row = &rows[n_rows++ % EVENT_BATCH];
	struct db_args a = { .n = 0 };

	row->number = e->total_krw;
	(void)snprintf(row->order_no, sizeof(row->order_no), "%.*s", TEXT_ARG(e->order_no));
	db_arg_i64(&a, e->total_krw);
	db_arg_text(&a, e->order_no);
	db_wake(rq, WAKE_HEARD);
	return db_queue(rq, &insert, &a);
}

static const struct inbox_listen listens[] = { { &order_placed_v1_event, on_order_placed, "on_order_placed" } };

static void
sure(const struct err *e)
{
	if (e != NULL)
		kit_die(e->slug, e->detail);
}

static void
open_all(const char *where, const char *database_url)
{
	struct arena *mem = arena_open(1048576);
	int publish = 0, ask = 0;
	struct req rq;

	if (sscanf(where, "%d:%d", &publish, &ask) != 2)
		kit_die("where", "wants two ports");
	(void)snprintf(listen_at[0], sizeof(listen_at[0]), "127.0.0.1:%d", publish);
	(void)snprintf(listen_at[1], sizeof(listen_at[1]), "127.0.0.1:%d", ask);
	(void)snprintf(peers, sizeof(peers), "commerce=127.0.0.1:%d:%d", publish, ask);
	config.bus_listen = listen_at[0];
	config.bus_ask_listen = listen_at[1];
	config.bus_peers = peers;
	config.database_url = strdup(database_url);
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = uuid_new();
	log_open("bench", LV_WARN);
	req_begin(&rq, &app, mem, TEXT("bench"), OPEN_MS);
	sure(db_pool_open(&rq, &app.db, config.database_url, app.service, 4));
	sure(relay_open(&rq, &app.relay, &app));
	sure(inbox_open(&rq, &in, &app, listens, COUNT_OF(listens)));
	req_end(&rq);
}

/* All in one transaction. */
static void
tell(size_t first, size_t n)
{
	struct arena *mem = arena_open((size_t)1 << 30);
	struct req rq;

	req_begin(&rq, &app, mem, TEXT("bench"), 60000);
	rq.tx = TX_WRITE;
	for (size_t i = first; i < first + n; i++) {
		struct order_placed_v1 e = event_of(mem, i, keys[i % KEYS]);
		sure(outbox_put(&rq, &order_placed_v1_event, keys[i % KEYS], &e));
	}
	sure(db_close(&rq, true));
	req_end(&rq);
	arena_close(&mem);
}

int
main(int argc, char **argv)
{
	return event_main(argc, argv, &(struct event_side){ .open = open_all, .tell = tell });
}
