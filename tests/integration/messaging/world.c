/* The messaging tests: one service, opened, and a sandbox of the test's own as SENS. */
#include "tests/integration/messaging/world.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "services/messaging/messaging.h"
#include "services/messaging/service.h"

struct kit *k;

static pid_t sandbox;
static const char *url;

/* ---- the sandbox */

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	kit_sure(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	kit_sure(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	(void)close(fd);
	return ntohs(at.sin_port);
}

static const char *
program(void)
{
	const char *bin = getenv("KIT_BIN");
	char self[4096];
	ssize_t n;

	if (bin != NULL && bin[0] != '\0')
		return kit_print("%s/dure-sandbox", bin);
	kit_sure((n = readlink("/proc/self/exe", self, sizeof(self) - 1)) > 0);
	self[n] = '\0';
	for (int up = 0; up < 2; up++)
		*strrchr(self, '/') = '\0';
	return kit_print("%s/bin/dure-sandbox", self);
}

static void
start_sandbox(void)
{
	int port = free_port();
	const char *path = program();

	url = kit_print("http://127.0.0.1:%d", port);
	setenv("SANDBOX_LISTEN", kit_print("127.0.0.1:%d", port), 1);
	setenv("SANDBOX_SMTP_LISTEN", "", 1);
	setenv("SANDBOX_CLOCK_OFFSET_FILE", kit_db_start()->clock_file, 1);
	sandbox = fork();
	if (sandbox == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl(path, path, (char *)NULL);
		_exit(127);
	}
	kit_until(10000, kit_http(NULL, "GET", kit_print("%s/livez", url), NULL).status == 200);
}

void
world_open(void)
{
	start_sandbox();
	setenv("DURE_SENS_BASE_URL", url, 1);
	setenv("DURE_SENS_TIMEOUT_MS", "500", 1);
	setenv("DURE_LOG_LEVEL", "error", 0);
	k = kit_open(&messaging_svc);
}

void
world_close(void)
{
	workers_stop();
	kit_close(&k);
	(void)kill(sandbox, SIGTERM);
	(void)waitpid(sandbox, NULL, 0);
}

void
switches(const char *json)
{
	struct kit_reply r = kit_http(NULL, "PUT", kit_print("%s/sandbox/switches", url), json);

	if (r.status >= 300)
		kit_fail("switches: %d %s", r.status, r.body);
}

static const char *
inbox(const char *phone, const char *kind)
{
	return kit_http(NULL, "GET", kit_print("%s/sandbox/inbox.json?to=%s%s%s", url, phone, kind != NULL ? "&kind=" : "",
	    kind != NULL ? kind : ""), NULL).body;
}

size_t
sent_to(const char *phone, const char *kind)
{
	return kit_json_length(inbox(phone, kind), "items");
}

const char *
last_sent(const char *phone, const char *member)
{
	const char *json = inbox(phone, NULL);

	return kit_json_text(json, kit_print("items.%zu.%s", kit_json_length(json, "items") - 1, member));
}

/* The name of an endpoint holds dots, so it is no path. */
int64_t
calls_of(const char *endpoint)
{
	const char *json = kit_json_text(kit_http(NULL, "GET", kit_print("%s/sandbox/state.json", url), NULL).body, "calls");
	const char *at = strstr(json, kit_print("\"%s\":", endpoint));

	return at != NULL ? atoll(at + strlen(endpoint) + 3) : 0;
}

/* ---- jobs */

static void
wake_jobs(struct app *app, unsigned what)
{
	if ((what & APP_WAKE_JOBS) != 0 && app->jobs != NULL)
		jobs_wake(app->jobs);
}

static const struct err *
open_workers(struct req *rq, void *arg)
{
	return jobs_open(rq, arg, kit_app(k), messaging_svc.jobs, messaging_svc.n_jobs, 2);
}

void
workers_start(void)
{
	kit_app(k)->wake = wake_jobs;
	kit_sure(kit_part(k, TX_NONE, open_workers, &kit_app(k)->jobs) == NULL);
}

void
workers_stop(void)
{
	struct jobs *jobs = kit_app(k)->jobs;

	if (jobs == NULL)
		return;
	jobs_close(&jobs);
	kit_app(k)->jobs = NULL;
}

/* ---- events */

void
verification_heard(const char *phone, const char *code, struct uuid id)
{
	const struct messaging *messaging = kit_app(k)->state;
	struct arena *mem = arena_open(1 << 16);
	struct verification_requested_v1 ev = { .verification_id = id, .phone = text_of(phone), .purpose = TEXT("signup"),
		.sealed_code = seal(mem, &messaging->seal_keys.at[0], (struct text){ (const char *)id.b, sizeof(id.b) },
		    text_of(code)),
		.expires_at = clock_now_us() + INT64_C(120000000) };

	kit_sure(kit_hear(k, &verification_requested_v1_event, (struct uuid){ { 0 } }, &ev) == NULL);
	arena_close(&mem);
}

void
order_heard(const char *phone, struct uuid id)
{
	struct order_placed_v1 ev = { .order_id = id, .order_no = TEXT("20260102030405_0A1B2C3D4E5F6G7"), .user_id = uuid_new(),
		.company_id = uuid_new(), .first_product = text_of(kit_print("의자 %s", phone)), .line_count = 3, .total_krw = 30000,
		.paid_krw = 30000, .recipient = TEXT("홍"), .phone = text_of(phone), .placed_at = clock_now_us() };

	kit_sure(kit_hear(k, &order_placed_v1_event, ev.company_id, &ev) == NULL);
}

/* ---- looking */

const char *
status_of(const char *phone)
{
	return kit_sql(k, "SELECT status, result_code FROM message WHERE phone = '%s' ORDER BY id DESC LIMIT 1", phone);
}

void
status_becomes(const char *phone, const char *status)
{
	int64_t until = kit_deadline(10000);

	while (strncmp(status_of(phone), status, strlen(status)) != 0) {
		if (clock_mono_us() > until)
			kit_fail("the message to %s is %s, not %s", phone, status_of(phone), status);
		kit_pause(until, __FILE__, __LINE__, "status");
	}
}

void
next_try(const char *kind)
{
	kit_until(10000, *kit_sql(k, "SELECT 1 FROM jobs WHERE kind = '%s' AND state = 'waiting' AND attempts > 0", kind) != '\0');
	kit_clock(k, 3);
}

const char *
jobs_left(void)
{
	return kit_sql(k, "SELECT kind, state FROM jobs ORDER BY kind");
}
