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

int64_t
captured(const char *order_id)
{
	const char *state = sandbox("GET", "/sandbox/state.json", NULL);
	int64_t sum = 0;

	for (size_t i = 0; i < kit_json_length(state, "toss"); i++)
		if (strcmp(kit_json_text(state, kit_print("toss.%zu.orderId", i)), order_id) == 0)
			sum += kit_json_i64(state, kit_print("toss.%zu.captured", i));
	return sum;
}

int64_t
calls(const char *endpoint)
{
	const char *all = kit_json_text(sandbox("GET", "/sandbox/state.json", NULL), "calls");
	const char *found = strstr(all, kit_print("\"%s\":", endpoint));

	return found != NULL ? atoll(found + strlen(endpoint) + 3) : 0;
}

/* ---- opening and closing */

struct kit *
till_open(void)
{
	start_sandbox();
	setenv("DURE_TOSS_BASE_URL", base, 1);
	setenv("DURE_TOSS_TIMEOUT_MS", "500", 1);
	return kit_open(&billing_svc);
}

void
till_close(struct kit **k)
{
	till_check(*k);
	kit_close(k);
	kill(sandbox_pid, SIGKILL);
	waitpid(sandbox_pid, NULL, 0);
}

/* Each selects what is wrong, as one text a row. */
static const char *const invariants[] = {
	"SELECT 'I9 ' || type || ' of ' || key || ': ' || sum(n) FROM (SELECT type, key, 1 AS n FROM outbox"
	" UNION ALL SELECT 'payment.settled', id, -1 FROM payment WHERE paid_at IS NOT NULL"
	" UNION ALL SELECT 'payment.failed', id, -1 FROM payment WHERE status = 'failed'"
	" UNION ALL SELECT 'plan.opened', company_id, -1 FROM plan) x GROUP BY type, key HAVING sum(n) <> 0",
	"SELECT 'the last move of ' || p.id FROM payment p WHERE p.status IS DISTINCT FROM"
	" (SELECT status FROM payment_move m WHERE m.payment_id = p.id ORDER BY m.id DESC LIMIT 1)",
	"SELECT 'moved out of an end: ' || payment_id FROM (SELECT payment_id, lag(status) OVER (PARTITION BY payment_id"
	" ORDER BY id) AS was FROM payment_move) m WHERE was IN ('paid', 'failed')",
	"SELECT 'nobody looks after ' || p.id FROM payment p WHERE p.status IN ('created', 'confirming', 'unknown',"
	" 'waiting_deposit') AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = p.id::text)",
};

/* I7: captured once what is paid, nothing what has failed. */
static void
check_captures(struct kit *k)
{
	const char *rows = kit_sql(k, "SELECT order_id, amount_krw, status FROM payment WHERE status IN ('paid', 'failed')");
	char *copy = strdup(rows), *rest = copy, *row;

	while ((row = strsep(&rest, "\n")) != NULL && *row != '\0') {
		const char *order_id = strsep(&row, "|");
		int64_t krw = atoll(strsep(&row, "|")), expected = strcmp(row, "paid") == 0 ? krw : 0;

		cr_expect_eq(captured(order_id), expected, "I7 %s is %s and %lld captured", order_id, row,
		    (long long)captured(order_id));
	}
	free(copy);
}

void
till_check(struct kit *k)
{
	for (size_t i = 0; i < COUNT_OF(invariants); i++) {
		const char *broken = kit_sql(k, "%s", invariants[i]);

		cr_expect_str_eq(broken, "", "%s", broken);
	}
	check_captures(k);
}

const char *
till_digest(struct kit *k)
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
as_payer(struct kit *k, const struct payer *p)
{
	kit_as_user(k, p->user, p->company, 0);
}

struct intent
intend(struct kit *k, int64_t krw)
{
	struct intent in = { .payer = payer_new(), .krw = krw };
	struct kit_reply r;

	as_payer(k, &in.payer);
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
agreed(struct kit *k, int64_t krw, const char *card)
{
	struct intent in = intend(k, krw);

	agree(&in, card);
	return in;
}

struct kit_reply
confirm_with_key(struct kit *k, const struct intent *in, const char *idempotency_key)
{
	as_payer(k, &in->payer);
	return kit_call(k, kit_print("POST /api/payments/%s/confirm", in->id), kit_print("{\"paymentKey\":\"%s\","
	    "\"orderId\":\"%s\",\"amountKrw\":%lld}", in->key, in->order_id, (long long)in->krw),
	    kit_print("Idempotency-Key: \"%s\"", idempotency_key));
}

struct kit_reply
confirm(struct kit *k, const struct intent *in)
{
	return confirm_with_key(k, in, id_text(uuid_new()));
}

struct kit_reply
confirm_as(struct kit *k, const struct intent *in, const char *order_id, int64_t krw, const char *key)
{
	return kit_call(k, kit_print("POST /api/payments/%s/confirm", in->id), kit_print("{\"paymentKey\":\"%s\","
	    "\"orderId\":\"%s\",\"amountKrw\":%lld}", key, order_id, (long long)krw));
}

struct kit_reply
tell(struct kit *k, const char *body)
{
	kit_as_nobody(k);
	return kit_call(k, "POST /api/payments/webhooks/toss", body);
}

const char *
state_of(struct kit *k, const struct intent *in)
{
	return kit_sql(k, "SELECT status, failure_code FROM payment WHERE id = '%s'", in->id);
}

/* ---- the janitor */

/* A worker deletes the row of a job that has ended and keeps that of one that wants to be called again; which of both
 * it was is told by the payment. */
void
janitor(struct kit *k)
{
	const char *rows = kit_sql(k, "SELECT kind, key FROM jobs WHERE due_at <= to_timestamp(%lld / 1e6) ORDER BY due_at",
	    (long long)clock_now_us());
	char *copy = strdup(rows), *rest = copy, *row;

	while ((row = strsep(&rest, "\n")) != NULL && *row != '\0') {
		const char *kind = strsep(&row, "|"), *slug = kit_job(k, kind, row, "");

		cr_expect_null(slug, "%s: %s", kind, slug);
		kit_sql(k, "DELETE FROM jobs WHERE kind = '%s' AND key = '%s' AND (SELECT status FROM payment WHERE id = '%s') "
		    "IN ('paid', 'failed')", kind, row, row);
	}
	free(copy);
}

int
jobs_left(struct kit *k)
{
	return atoi(kit_sql(k, "SELECT count(*) FROM jobs"));
}
