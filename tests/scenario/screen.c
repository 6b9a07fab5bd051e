/* The stock client from npm through the gateway, by websocket, by polling and by both: it hears of an alarm at once, once
 * more after the service was killed, and is sent away when its user loses the company or logs out. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/core/clock.h"
#include "tests/scenario/customer/customer.h"

enum { SCREENS = 3, POINTS_KRW = 1000 };

static FILE *lines;
static pid_t node;

static void
open_screens(struct suite *s, const char *token)
{
	const char *program = kit_print("%s/build/socketio/screen.mjs", getenv("KIT_ROOT"));
	int to_us[2];

	kit_sure(pipe(to_us) == 0);
	node = fork();
	kit_sure(node >= 0);
	if (node == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setenv("URL", suite_url(s, "gateway"), 1);
		(void)setenv("TOKEN", token, 1);
		if (dup2(to_us[1], 1) == 1)
			(void)execlp("node", "node", program, (char *)NULL);
		_exit(127);
	}
	(void)close(to_us[1]);
	lines = fdopen(to_us[0], "r");
	kit_sure(lines != NULL);
}

static void
close_screens(void)
{
	(void)kill(node, SIGKILL);
	(void)waitpid(node, NULL, 0);
	(void)fclose(lines);
}

/* Until all screens have said this word, in lines that hold `part`; what else they say meanwhile is their own affair, but
 * for an alarm out of order. Blocks; Criterion's time limit ends a wait in vain. */
static void
all_say(const char *word, const char *part)
{
	char line[4096];

	for (int n = 0; n < SCREENS;) {
		kit_sure(fgets(line, sizeof(line), lines) != NULL);
		cr_assert_null(strstr(line, "\"said\":\"wrong\""), "%s", line);
		n += strstr(line, kit_print("\"said\":\"%s\"", word)) != NULL && strstr(line, part) != NULL;
	}
}

static void
took(const char *what, int64_t since_us, int64_t promised_ms)
{
	int64_t ms = (clock_mono_us() - since_us) / 1000;

	printf("  %lld ms: %s\n", (long long)ms, what);
	cr_assert_lt(ms, PATIENCE * promised_ms);
}

Test(screen, the_stock_client_hears_at_once_again_after_a_kill_and_goes_when_it_must, .timeout = 180)
{
	struct suite *s = play_suite(0);
	struct play *p = play_new(s, 1);
	int64_t since_us;

	play_until(p, "log out");
	log_in(p, &p->buyer);
	open_screens(s, p->buyer.access);
	all_say("acknowledged", "\"joined\":{\"ok\":true},\"refused\":{\"error\":\"token_mismatch\"},\"listed\":{\"ok\":true}");
	charge(p, POINTS_KRW, "first");
	since_us = clock_mono_us();
	all_say("alarm", "\"number\":1,\"type\":105");
	took("three screens have heard of the points", since_us, PROMISED_MS);

	suite_kill(s, "notification", SIGKILL);
	charge(p, POINTS_KRW, "second");
	suite_restart(s, "notification");
	all_say("alarm", "\"number\":2,");
	charge(p, POINTS_KRW, "third");
	all_say("alarm", "\"number\":3,");

	since_us = clock_mono_us();
	(void)suite_run(s, NULL, "auth", "member", "remove", p->buyer.phone);
	all_say("disconnect", "\"why\":\"io server disconnect\"");
	took("without its company it was sent away", since_us, SOCKET_ENDS_MS);
	all_say("back", "");

	want(204, kit_http(s, "DELETE", "/api/sessions/current", NULL, as(&p->buyer)));
	since_us = clock_mono_us();
	all_say("disconnect", "\"why\":\"io server disconnect\"");
	took("logged out it was sent away", since_us, SOCKET_ENDS_MS);
	all_say("ended", "");
	close_screens();
	play_close(&p);
	suite_close(&s);
}

/* The first message of the day is the last one that public calls may send. */
Test(screen, an_operator_is_told_that_no_more_messages_are_sent, .timeout = 120)
{
	struct suite *s = play_suite(0, "auth", "DURE_SMS_DAILY_MAX=1");
	struct play *p = play_new(s, 1), *late = play_new(s, 2);
	struct kit_socket *socket;
	const char *args;

	suite_stop(s, "auth");
	suite_restart(s, "auth");
	suite_wait_ready(s, NULL);
	seller_enter(p);
	kit_until(PATIENCE * PROMISED_MS, strcmp(suite_sql(s, "notification", "SELECT count(*) FROM operator"), "1") == 0);
	socket = kit_socket_connect(s, p->seller.access);
	cr_assert_null(kit_socket_refused(socket));
	play_until(p, "send code");
	signup_ask(late);
	want(429, kit_http(s, "POST", "/api/join/check", kit_print("{\"token\":\"%s\"}", late->signup_token)));
	args = kit_socket_wait(socket, "addAlarm", PATIENCE * PROMISED_MS);
	cr_assert_not_null(args);
	cr_assert_eq(kit_json_i64(args, "0.alarm_type"), 120);
	kit_socket_close(&socket);
	play_close(&late);
	play_close(&p);
	suite_close(&s);
}
