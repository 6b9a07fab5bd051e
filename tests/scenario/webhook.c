/* A receiver outside, with the standard's own library, is told of a payment: once more when we die behind the call, and
 * under both secrets while they change. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/scenario/customer/customer.h"

/* deploy/samples/webhook-receiver in node: what it prints, line by line. */
struct receiver { pid_t pid; FILE *lines; };

static struct receiver
receiver_start(const char *secret)
{
	const char *program = kit_print("%s/build/samples/webhook-receiver/receiver.mjs", getenv("KIT_ROOT"));
	struct receiver r;
	int pipe_to_us[2];

	kit_sure(pipe(pipe_to_us) == 0);
	r.pid = fork();
	kit_sure(r.pid >= 0);
	if (r.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setenv("WEBHOOK_SECRET", secret, 1);
		if (dup2(pipe_to_us[1], 1) == 1)
			(void)execlp("node", "node", program, (char *)NULL);
		_exit(127);
	}
	(void)close(pipe_to_us[1]);
	r.lines = fdopen(pipe_to_us[0], "r");
	kit_sure(r.lines != NULL);
	return r;
}

static void
receiver_stop(struct receiver *r)
{
	(void)kill(r->pid, SIGKILL);
	(void)waitpid(r->pid, NULL, 0);
	(void)fclose(r->lines);
}

/* Blocks until the receiver says something; Criterion's time limit ends a wait in vain. */
static const char *
heard(struct receiver *r)
{
	char line[8192];

	kit_sure(fgets(line, sizeof(line), r->lines) != NULL);
	return kit_print("%s", line);
}

static void
check_heard(struct receiver *r, const char *type, bool again)
{
	const char *line = heard(r);

	cr_assert_str_eq(kit_json_text(line, "verified"), "true", "%s", line);
	cr_assert_str_eq(kit_json_text(line, "type"), type);
	cr_assert_str_eq(kit_json_text(line, "again"), again ? "true" : "false");
}

static bool
are_delivered(struct suite *s, const char *n)
{
	return strcmp(suite_sql(s, "notification", "SELECT count(*) FROM webhook_delivery WHERE status = 'delivered'"), n) == 0;
}

static struct kit_reply
endpoint(struct play *p, const char *method, const char *path, const char *json)
{
	return kit_http(p->suite, method, path, json, as(&p->seller), "If-Match: \"v1\"");
}

Test(webhook, the_standards_own_library_takes_what_we_send_however_we_die, .timeout = 180)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	struct kit_reply made;
	struct receiver r;
	const char *path;

	seller_enter(p);
	made = want(201, endpoint(p, "POST", "/api/webhooks", "{\"url\":\"http://127.0.0.1:9/\",\"types\":[\"payment.settled\"]}"));
	path = kit_print("/api/webhooks/%s", text_in(made, "webhook.id"));
	r = receiver_start(text_in(made, "secret"));
	want(200, endpoint(p, "PATCH", path, kit_print("{\"url\":\"http://127.0.0.1:%lld/\"}",
	    (long long)kit_json_i64(heard(&r), "port"))));
	want(202, endpoint(p, "POST", kit_print("%s/test", path), NULL));
	check_heard(&r, "webhook.test", false);
	kit_until(PATIENCE * PROMISED_MS, are_delivered(s, "1"));       /* or the test itself would come to the point */

	suite_fault(s, "notification", "webhook.sent=kill");
	play_until(p, "log out");
	charge(p, CHARGED_KRW, "charge");
	check_heard(&r, "payment.settled", false);
	kit_until(PATIENCE * PROMISED_MS, suite_ended(s, "notification"));
	suite_fault(s, "notification", "");
	suite_restart(s, "notification");
	suite_wait_ready(s, "notification");
	suite_clock(s, 61);           /* the dead one's lease of the job is over */
	check_heard(&r, "payment.settled", true);

	want(201, endpoint(p, "POST", kit_print("%s/secret", path), NULL));
	log_in(p, &p->seller);
	want(202, endpoint(p, "POST", kit_print("%s/test", path), NULL));
	check_heard(&r, "webhook.test", false);
	kit_until(PATIENCE * PROMISED_MS, are_delivered(s, "3"));
	receiver_stop(&r);
	play_close(&p);
	suite_close(&s);
}
