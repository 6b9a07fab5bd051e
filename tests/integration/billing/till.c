/* The words of the billing tests. */
#include "tests/integration/billing/till.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/jobs/worker.h"
#include "services/billing/service.h"

static pid_t sandbox_pid;
static const char *base;

/* ---- the sandbox's process */

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	kit_sure(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	close(fd);
	return ntohs(at.sin_port);
}

/* In $KIT_BIN, else in bin/ beside the folder of this binary. */
static const char *
sandbox_binary(void)
{
	const char *told = getenv("KIT_BIN");
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (told != NULL && *told != '\0')
		return kit_print("%s/dure-sandbox", told);
	kit_sure(n > 0);
	path[n] = '\0';
	for (int up = 0; up < 2; up++)
		*strrchr(path, '/') = '\0';
	return kit_print("%s/bin/dure-sandbox", path);
}

static NEVER_RETURNS void
become_sandbox(const char *binary, const char *listen, const char *clock_file, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	setenv("SANDBOX_LISTEN", listen, 1);
	setenv("SANDBOX_SMTP_LISTEN", "", 1);
	setenv("SANDBOX_CLOCK_OFFSET_FILE", clock_file, 1);
	dup2(null, 1);
	dup2(null, 2);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	execl(binary, binary, (char *)NULL);
	_exit(127);
}

static bool
is_alive(void)
{
	kit_sure(waitpid(sandbox_pid, NULL, WNOHANG) == 0);
	return kit_http(NULL, "GET", kit_print("%s/livez", base), NULL).status == 200;
}

static void
start_sandbox(void)
{
	const char *listen = kit_print("127.0.0.1:%d", free_port()), *binary = sandbox_binary();
	const char *clock_file = kit_db_start()->clock_file;
	pid_t parent = getpid();

	if (access(binary, X_OK) != 0)
		kit_fail("%s is not built", binary);
	base = kit_print("http://%s", listen);
	sandbox_pid = fork();
	if (sandbox_pid == 0)
		become_sandbox(binary, listen, clock_file, parent);
	kit_until(10000, is_alive());
}

const char *
sandbox(const char *method, const char *path, const char *json)
{
	struct kit_reply r = kit_http(NULL, method, kit_print("%s%s", base, path), json);

	if (r.status / 100 != 2)
		kit_fail("the sandbox says %d to %s: %s", r.status, path, r.body);
	return r.body;
}

/* The sum of one member over all payments of an order there. */
static int64_t
sum_of(const char *order_id, const char *member)
{
	const char *state = sandbox("GET", "/sandbox/state.json", NULL);
	int64_t sum = 0;

	for (size_t i = 0; i < kit_json_length(state, "toss"); i++)
		if (strcmp(kit_json_text(state, kit_print("toss.%zu.orderId", i)), order_id) == 0)
			sum += kit_json_i64(state, kit_print("toss.%zu.%s", i, member));
	return sum;
}

int64_t
captured(const char *order_id)
{
	return sum_of(order_id, "captured");
}

int64_t
given_back(const char *order_id)
{
	return sum_of(order_id, "cancelled");
}

int64_t
calls(const char *endpoint)
{
	const char *all = kit_json_text(sandbox("GET", "/sandbox/state.json", NULL), "calls");
	const char *found = strstr(all, kit_print("\"%s\":", endpoint));

	return found != NULL ? atoll(found + strlen(endpoint) + 3) : 0;
}

/* ---- opening and closing */

struct kit *k;
static struct jobs *workers;
static struct arena *worker_mem;
static struct job_type kinds[16];

/* The service's own jobs as its workers run them, but when the test says so; what is due by the hour of the day is left
 * out. */
static void
open_workers(void)
{
	struct req rq;

	kit_sure(billing_svc.n_jobs <= COUNT_OF(kinds));
	for (size_t i = 0; i < billing_svc.n_jobs; i++) {
		kinds[i] = billing_svc.jobs[i];
		kinds[i].daily_hour_kst = -1;
	}
	worker_mem = arena_open((size_t)1 << 24);
	req_begin(&rq, kit_app(k), worker_mem, TEXT("till"), 1000);
	kit_sure(jobs_open(&rq, &workers, kit_app(k), kinds, billing_svc.n_jobs, 0) == NULL);
	req_end(&rq);
}

void
till_open(void)
{
	start_sandbox();
	setenv("DURE_TOSS_BASE_URL", base, 1);
	setenv("DURE_TOSS_TIMEOUT_MS", "500", 1);
	k = kit_open(&billing_svc);
	open_workers();
}

void
till_close(void)
{
	till_check();
	jobs_close(&workers);
	arena_close(&worker_mem);
	kit_close(&k);
	kill(sandbox_pid, SIGKILL);
	waitpid(sandbox_pid, NULL, 0);
}

const char *
till_digest(void)
{
	const char *names = kit_sql(k, "SELECT string_agg('SELECT ''' || tablename || ''' AS name, md5(string_agg(t::text, "
	    "chr(10) ORDER BY t::text)) AS rows FROM ' || tablename || ' t', ' UNION ALL ') FROM pg_tables "
	    "WHERE schemaname = current_schema()");

	return kit_sql(k, "SELECT name || ' ' || coalesce(rows, 'none') FROM (%s) x ORDER BY 1", names);
}

const char *
id_text(struct uuid id)
{
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	return kit_print("%s", text);
}

/* ---- paying */

struct payer
payer_new(void)
{
	return (struct payer){ uuid_new(), uuid_new() };
}

void
as_payer(const struct payer *p)
{
	kit_as_user(k, p->user, p->company, 0);
}

struct intent
intend(int64_t krw)
{
	struct intent in = { .payer = payer_new(), .krw = krw };
	struct kit_reply r;

	as_payer(&in.payer);
	r = kit_call(k, "POST /api/payments", kit_print("{\"amountKrw\":%lld}", (long long)krw));
	if (r.status != 201)
		kit_fail("no intent: %d %s", r.status, r.body);
	in.id = kit_json_text(r.body, "id");
	in.order_id = kit_json_text(r.body, "orderId");
	return in;
}

void
agree(struct intent *in, const char *card)
{
	bool bank = strcmp(card, "vbank") == 0;
	const char *answer = sandbox("POST", "/sandbox/toss/authenticate", kit_print("{\"orderId\":\"%s\",\"amount\":%lld,"
	    "\"method\":\"%s\",\"card\":\"%s\"}", in->order_id, (long long)in->krw, bank ? "vbank" : "card",
	    bank ? "success" : card));

	in->key = kit_json_text(answer, "paymentKey");
}

struct intent
agreed(int64_t krw, const char *card)
{
	struct intent in = intend(krw);

	agree(&in, card);
	return in;
}

struct kit_reply
confirm_with_key(const struct intent *in, const char *idempotency_key)
{
	as_payer(&in->payer);
	return kit_call(k, kit_print("POST /api/payments/%s/confirm", in->id), kit_print("{\"paymentKey\":\"%s\","
	    "\"orderId\":\"%s\",\"amountKrw\":%lld}", in->key, in->order_id, (long long)in->krw),
	    kit_print("Idempotency-Key: \"%s\"", idempotency_key));
}

struct kit_reply
confirm(const struct intent *in)
{
	return confirm_with_key(in, id_text(uuid_new()));
}

struct kit_reply
confirm_as(const struct intent *in, const char *order_id, int64_t krw, const char *key)
{
	return kit_call(k, kit_print("POST /api/payments/%s/confirm", in->id), kit_print("{\"paymentKey\":\"%s\","
	    "\"orderId\":\"%s\",\"amountKrw\":%lld}", key, order_id, (long long)krw));
}

struct kit_reply
tell(const char *body)
{
	kit_as_nobody(k);
	return kit_call(k, "POST /api/payments/webhooks/toss", body);
}

const char *
state_of(const struct intent *in)
{
	return kit_sql(k, "SELECT status, failure_code FROM payment WHERE id = '%s'", in->id);
}

void
state_is(const struct intent *in, const char *expected)
{
	const char *state = state_of(in);

	cr_expect_str_eq(state, expected, "%s, not %s", state, expected);
}

void
answers(struct kit_reply r, int status, const char *slug)
{
	cr_expect_eq(r.status, status, "%d %s", r.status, r.body);
	cr_expect_str_eq(r.slug, slug, "%s", r.body);
}

/* ---- the janitor */

void
janitor(void)
{
	const char *failed;
	bool ran = true;

	while (ran)
		kit_sure(jobs_turn(workers, worker_mem, &ran) == NULL);
	failed = kit_sql(k, "SELECT kind, key, last_slug, last_detail FROM jobs WHERE last_slug IS NOT NULL");
	cr_expect_str_eq(failed, "", "%s", failed);
}

int
jobs_left(void)
{
	return atoi(kit_sql(k, "SELECT count(*) FROM jobs"));
}
