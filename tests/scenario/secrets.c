/* What nobody may read afterwards: planted in every place where people and services put secrets, then looked for in all
 * logs, in the list of processes, in their environments, and in the spans that a collector has got. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "tests/kit/collector.h"
#include "tests/kit/peer.h"
#include "tests/scenario/customer/customer.h"

static const char *const services[] = { "gateway", "auth", "billing", "messaging", "commerce", "notification" };

/* Whole or as a part of something, in a file that may hold NULs. */
static bool
stands_in_file(const char *path, const char *secret)
{
	static char all[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n;

	cr_assert_not_null(f, "%s", path);
	n = fread(all, 1, sizeof(all), f);
	(void)fclose(f);
	return memmem(all, n, secret, strlen(secret)) != NULL;
}

/* The last spans arrive when the services end, so these are looked for once more behind that. */
static struct { const char *what, *secret; } looked_for[256];
static size_t n_looked_for;

static void
expect_in_no_span(void)
{
	cr_assert_geq(collector_spans(), 100);
	for (size_t i = 0; i < n_looked_for; i++)
		cr_expect_not(collector_holds(looked_for[i].secret), "%s stands in a span", looked_for[i].what);
}

static void
expect_nowhere(struct suite *s, const char *what, const char *secret)
{
	cr_assert_not_null(secret);
	cr_assert_geq(strlen(secret), 6, "%s is too short to be told from other things", what);
	cr_assert_lt(n_looked_for, COUNT_OF(looked_for));
	looked_for[n_looked_for].what = kit_print("%s", what);
	looked_for[n_looked_for++].secret = kit_print("%s", secret);
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		const char *name = services[i], *process = kit_print("/proc/%d", suite_pid(s, name));

		cr_expect_not(suite_log_contains(s, name, secret), "%s stands in the log of %s", what, name);
		cr_expect_not(stands_in_file(kit_print("%s/cmdline", process), secret), "%s: command line of %s", what, name);
		cr_expect_not(stands_in_file(kit_print("%s/environ", process), secret), "%s: environment of %s", what, name);
	}
}

/* ---- what is planted beside the story */

static bool
welcome(struct peer *p, int fd, int number, const char *request)
{
	(void)p;
	(void)number;
	(void)request;
	peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nplanted-hook-answer");
	return true;
}

/* A receiver whose address is itself a secret, as that of many chat rooms is; it is told of the charge. */
static const char *
plant_webhook(struct play *p, const struct peer *receiver)
{
	struct kit_reply r = want(201, kit_http(p->suite, "POST", "/api/webhooks", kit_print("{\"url\":"
	    "\"http://%s/planted-hook-path?key=planted-hook-key\",\"types\":[\"payment.settled\"]}", peer_address(receiver)),
	    as(&p->seller)));

	return text_in(r, "secret");
}

static void
plant_cancellation(struct play *p)
{
	charge(p, 5000, "given-back");
	want(201, kit_http(p->suite, "POST", kit_print("/api/payments/%s/cancellations", p->payment),
	    "{\"amountKrw\":5000,\"reason\":\"planted-cancel-reason\"}", as(&p->buyer), key(p, "back")));
	kit_until(PATIENCE * PROMISED_MS, strcmp(suite_sql(p->suite, "billing", "SELECT status FROM payment WHERE id = '%s'",
	    p->payment), "refunded") == 0);
}

static const char *
plant_event_key(struct play *p)
{
	struct kit_reply r = want(201, kit_http(p->suite, "POST", "/api/event-keys",
	    "{\"name\":\"ledger\",\"types\":[\"payment.settled\"]}", as(&p->seller)));
	const char *secret = text_in(r, "secret");

	want(200, kit_http(p->suite, "GET", "/api/events?publisher=billing", NULL,
	    kit_print("Authorization: Dure-Event-Key %s.%s", text_in(r, "keyId"), secret)));
	want(401, kit_http(p->suite, "GET", "/api/events?publisher=billing", NULL,
	    kit_print("Authorization: Dure-Event-Key %s.planted-event-secret-planted-event-secret1", text_in(r, "keyId"))));
	return secret;
}

/* In the wrong field, in the wrong place, cut off in the middle. */
static void
plant_mistakes(struct play *p)
{
	struct suite *s = p->suite;

	want(401, kit_http(s, "POST", "/api/login", "{\"phone\":\"01048151623\",\"password\":\"planted-Passw0rd!\"}"));
	want(400, kit_http(s, "POST", "/api/login", "{\"phone\":\"planted-Passw0rd!\",\"password\":\"\"}"));
	want(400, kit_http(s, "POST", "/api/login", "{\"phone\":\"01048151623\",\"password\":\"planted-Passw0rd!"));
	want(400, kit_http(s, "POST", "/api/payments", "{\"amountKrw\":1000,\"cardNumber\":\"4929000000006\","
	    "\"cvc\":\"planted-cvc\"}", as(&p->buyer), key(p, "card")));
	want(401, kit_http(s, "GET", "/api/me", NULL, "Authorization: Bearer planted-bearer-token"));
	want(401, kit_http(s, "GET", "/api/me", NULL, "Authorization: Basic cGxhbnRlZDpiYXNpYw=="));
	want(400, kit_http(s, "GET", "/api/products?cursor=planted-query&secret=planted-query", NULL, as(&p->buyer)));
	want(400, kit_http(s, "GET", "/api/orders/01048151623", NULL, as(&p->buyer)));
	want(404, kit_http(s, "GET", "/planted-path/planted-path", NULL));
	want(401, kit_http(s, "POST", "/api/sessions/refresh",
	    "{\"refreshToken\":\"planted-refresh-token-planted-refresh-tok12\"}"));
}

static void
expect_no_plants(struct suite *s)
{
	static const char *const planted[] = { "planted-", "4929000000006", "01048151623", "cGxhbnRlZDpiYXNpYw" };

	for (size_t i = 0; i < COUNT_OF(planted); i++)
		expect_nowhere(s, planted[i], planted[i]);
}

/* ---- what is there anyway */

static void
expect_no_persons(struct play *p)
{
	struct suite *s = p->suite;

	expect_nowhere(s, "a password", p->buyer.password);
	expect_nowhere(s, "an operator's password", p->seller.password);
	expect_nowhere(s, "a phone", p->buyer.phone);
	expect_nowhere(s, "another phone", p->unreached_phone);
	expect_nowhere(s, "a mail address", p->buyer.email);
	expect_nowhere(s, "a name", p->buyer.name);
	expect_nowhere(s, "an address", "세종대로");
	expect_nowhere(s, "a sign-up token", p->signup_token);
	expect_nowhere(s, "an access token", p->buyer.access);
	expect_nowhere(s, "a refresh token", p->buyer.refresh);
	expect_nowhere(s, "a payment key", p->payment_key);
	expect_nowhere(s, "the provider's key", "test_sk_sandbox");
}

/* Every file of the suite's secrets, line by line, so that a new one is looked for by being there. The addresses of the
 * databases hold their passwords, which have files of their own. */
static void
expect_no_keys(struct suite *s)
{
	const char *folder = kit_print("%s/secrets", suite_dir(s));
	DIR *dir = opendir(folder);
	char line[4096];
	size_t n = 0;

	cr_assert_not_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		FILE *f = entry->d_name[0] == '.' || strstr(entry->d_name, "_url") != NULL ? NULL :
		    fopen(kit_print("%s/%s", folder, entry->d_name), "r");

		while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			if (strlen(line) >= 16 && strncmp(line, "-----", 5) != 0 && ++n > 0)
				expect_nowhere(s, entry->d_name, line);
		}
		if (f != NULL)
			(void)fclose(f);
	}
	(void)closedir(dir);
	cr_assert_geq(n, 10, "only %zu secrets were found in %s", n, folder);
}

Test(secrets, what_people_type_and_services_hold_stands_in_no_log_no_span_and_no_list_of_processes, .timeout = 120)
{
	struct peer *receiver = peer_open(welcome);
	const char *hook, *event;
	struct suite *s;
	struct play *p;

	collector_open(0);
	s = play_suite(0);
	p = play_new(s, 1);
	play_all(p);
	expect_no_persons(p);
	log_in(p, &p->seller);
	hook = plant_webhook(p, receiver);
	event = plant_event_key(p);
	plant_mistakes(p);
	plant_cancellation(p);
	kit_until(PATIENCE * PROMISED_MS, suite_log_contains(s, "notification", "webhook.sent"));
	expect_no_plants(s);
	expect_no_persons(p);         /* other tokens and another payment by now */
	expect_nowhere(s, "the secret of a webhook", hook);
	expect_nowhere(s, "the secret of an event key", event);
	expect_no_keys(s);
	play_close(&p);
	peer_close(&receiver);
	suite_close(&s);
	expect_in_no_span();
	collector_close();
	collector_forget();
}
