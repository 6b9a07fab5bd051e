/* The access log: what a row says, and that rows reach auth in batches, each once unless auth cannot be told. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/metrics/metrics.h"
#include "services/gateway/access/log.h"
#include "services/gateway/access/row.h"
#include "services/gateway/upstream/upstream.h"
#include "tests/kit/kit.h"
#include "tests/kit/peer.h"
#include "tests/unit/gateway/world.h"

enum { BATCH = 500, RING = 8192 };

static struct peer *auth;
static struct service_door door = { .name = "auth" };
static struct access_log *access_log;

/* What auth has been sent, and how it answers. */
static struct { pthread_mutex_t lock; int answers[4]; size_t rows, bodies, most; uint64_t sums[64]; bool again[64], hold; } seen;

static uint64_t
sum_of(const char *body)
{
	uint64_t sum = 0;

	for (; *body != '\0'; body++)
		sum = sum * 31 + (unsigned char)*body;
	return sum;
}

static bool
serve(struct peer *p, int fd, int number, const char *request)
{
	const char *body = strstr(request, "\r\n\r\n") + 4;
	size_t rows = kit_json_length(body, "columns.at");
	int status;

	(void)p;
	kit_until(20000, !__atomic_load_n(&seen.hold, __ATOMIC_SEQ_CST));
	cr_assert_eq(strncmp(request, "POST /internal/access-log HTTP/1.1\r\n", 36), 0, "%s", request);
	pthread_mutex_lock(&seen.lock);
	status = number <= (int)COUNT_OF(seen.answers) && seen.answers[number - 1] != 0 ? seen.answers[number - 1] : 204;
	seen.rows += status == 204 ? rows : 0;
	seen.most = rows > seen.most ? rows : seen.most;
	if (seen.bodies < COUNT_OF(seen.sums)) {
		seen.sums[seen.bodies] = sum_of(strstr(body, "\"columns\""));
		seen.again[seen.bodies] = strstr(body, "\"again\":true") != NULL;
	}
	seen.bodies++;
	pthread_mutex_unlock(&seen.lock);
	peer_say(fd, status == 204 ? "HTTP/1.1 204 No Content\r\n\r\n" :
	    kit_print("HTTP/1.1 %d Refused\r\nContent-Length: 0\r\n\r\n", status));
	return true;
}

static void
open_all(void)
{
	world_open();
	pthread_mutex_init(&seen.lock, NULL);
	auth = peer_open(serve);
	cr_assert_null(upstream_open(&rq, &door.upstream, "auth", peer_address(auth), 2, 1000));
	gateway.auth = &door;
	access_log = access_log_open(&app);
}

static void
close_all(void)
{
	access_log_close(&access_log);
	upstream_close(&door.upstream);
	peer_close(&auth);
	world_close();
}

TestSuite(access, .init = open_all, .fini = close_all, .timeout = 60);

static void
put(int n)
{
	struct http_request *in = world_request("GET", "/api/points?secret=1", "User-Agent: curl/8", "Authorization: Bearer hidden",
	    NULL);

	for (int i = 0; i < n; i++)
		access_log_put(access_log, &rq, in, 200, 1234);
}

static size_t
rows(void)
{
	size_t n;

	pthread_mutex_lock(&seen.lock);
	n = seen.rows;
	pthread_mutex_unlock(&seen.lock);
	return n;
}

static int64_t
counted(const char *outcome)
{
	struct buf text = buf_in(rq.mem, 1 << 20);
	const char *line, *name = arena_printf(rq.mem, "dure_gateway_access_log_rows_total{outcome=\"%s\"} ", outcome);

	metrics_write(&text);
	line = strstr(str(buf_as_text(&text)), name);
	return line != NULL ? strtoll(line + strlen(name), NULL, 10) : 0;
}

Test(access, a_row_says_who_what_how_and_from_where_and_nothing_more)
{
	struct http_request *in = world_request("GET", "/api/points?secret=1", "User-Agent: curl/8", "Authorization: Bearer hidden",
	    NULL);
	struct buf json = buf_in(rq.mem, 4096);
	struct access_row row;
	const char *all;

	rq.user = uuid_new();
	rq.request_id = TEXT("r-1");
	access_row_fill(&row, &rq, in, 403, 1234);
	access_rows_write(&json, &row, 1, false);
	all = str(buf_as_text(&json));
	cr_assert_str_eq(kit_json_text(all, "columns.requestId.0"), "r-1");
	cr_assert_str_eq(kit_json_text(all, "columns.method.0"), "GET");
	cr_assert_str_eq(kit_json_text(all, "columns.path.0"), "/api/points");
	cr_assert_str_eq(kit_json_text(all, "columns.ip.0"), "127.0.0.1");
	cr_assert_str_eq(kit_json_text(all, "columns.agent.0"), "curl/8");
	cr_assert_eq(kit_json_i64(all, "columns.status.0"), 403);
	cr_assert_eq(kit_json_i64(all, "columns.durationUs.0"), 1234);
	cr_assert_not_null(kit_json_text(all, "columns.userId.0"));
	cr_assert_str_eq(kit_json_text(all, "columns.companyId.0"), "00000000-0000-0000-0000-000000000000");
	cr_assert(strstr(all, "secret") == NULL && strstr(all, "hidden") == NULL);
}

Test(access, what_a_caller_wrote_is_cut_and_cleaned)
{
	static char agent[900] = "User-Agent: \xff\x01\"\\";
	struct buf json = buf_in(rq.mem, 4096);
	struct http_request *in;
	struct access_row row;
	const char *all;

	memset(agent + strlen(agent), 'a', sizeof(agent) - 1 - strlen(agent));
	in = world_request("BREWCOFFEEANDTEAANDMILK", "/api/\xed\xa0\x80/x", agent, NULL);
	access_row_fill(&row, &rq, in, 405, 1);
	access_rows_write(&json, &row, 1, false);
	all = str(buf_as_text(&json));
	cr_assert_str_eq(kit_json_text(all, "columns.method.0"), "BREWCOFFEEANDTEAANDM");
	cr_assert_str_eq(kit_json_text(all, "columns.path.0"), "/api/?" "?" "?/x");
	cr_assert_eq(strncmp(kit_json_text(all, "columns.agent.0"), "??\"\\aaa", 7), 0);
	cr_assert_eq(strlen(kit_json_text(all, "columns.agent.0")), 256);
}

Test(access, rows_go_in_batches_and_the_last_ones_within_a_second)
{
	int64_t began_us = clock_mono_us();

	put(2 * BATCH + 7);
	kit_until(5000, rows() == 2 * BATCH + 7);
	cr_assert_lt(clock_mono_us() - began_us, 3000000);
	cr_assert_eq(seen.most, BATCH);
	cr_assert_leq(seen.bodies, 5);
}

Test(access, a_batch_that_was_refused_is_sent_once_more_as_it_was)
{
	seen.answers[0] = 503;
	put(5);
	kit_until(5000, rows() == 5);
	cr_assert_eq(seen.bodies, 2);
	cr_assert_eq(seen.sums[0], seen.sums[1]);
	cr_assert(!seen.again[0] && seen.again[1]);
	kit_until(1000, counted("sent") == 5);
	cr_assert_eq(counted("unsent"), 0);
}

/* Anybody can give two requests one id: it must not cost the log a pause. */
Test(access, a_batch_with_a_row_that_auth_has_is_sent_again_at_once)
{
	int64_t began_us;

	seen.answers[0] = 409;
	put(BATCH);
	kit_until(5000, seen.bodies >= 1);
	began_us = clock_mono_us();
	kit_until(5000, rows() == BATCH);
	cr_assert_lt(clock_mono_us() - began_us, 900000);
	cr_assert(seen.again[1]);
}

Test(access, a_batch_that_was_refused_twice_is_given_up_and_counted)
{
	seen.answers[0] = seen.answers[1] = 503;
	put(5);
	kit_until(5000, counted("unsent") == 5);
	put(3);
	kit_until(5000, rows() == 3);
	cr_assert_eq(seen.bodies, 3);
}

/* Auth hangs: requests go on as before, memory stays as it is, what is lost is counted. */
Test(access, a_full_ring_drops_and_counts)
{
	__atomic_store_n(&seen.hold, true, __ATOMIC_SEQ_CST);
	put(BATCH);
	kit_until(5000, peer_connections(auth) == 1);      /* a batch is on its way */
	put(RING + 100);
	cr_assert_eq(counted("dropped"), 100);
	__atomic_store_n(&seen.hold, false, __ATOMIC_SEQ_CST);
	kit_until(10000, rows() == BATCH + RING);
}

Test(access, what_waits_at_the_end_is_sent)
{
	put(BATCH + 20);
	access_log_close(&access_log);
	cr_assert_eq(rows(), BATCH + 20);
	cr_assert_null(access_log);
	access_log_put(NULL, &rq, world_request("GET", "/", NULL), 200, 1);
}

Test(access, an_end_without_auth_is_not_waited_for)
{
	int64_t began_us = clock_mono_us();

	__atomic_store_n(&seen.hold, true, __ATOMIC_SEQ_CST);
	put(4 * BATCH);
	access_log_close(&access_log);
	cr_assert_lt(clock_mono_us() - began_us, 9000000);
	__atomic_store_n(&seen.hold, false, __ATOMIC_SEQ_CST);
	cr_assert_gt(counted("unsent"), 0);
}
