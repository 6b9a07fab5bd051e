/* What the steps say to each other: expectations, headers, times. */
#include "tests/scenario/customer/customer.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"

bool
revive(struct play *p)
{
	if (p->mortal == NULL || !suite_ended(p->suite, p->mortal))
		return false;
	p->deaths++;
	suite_fault(p->suite, p->mortal, "");
	suite_restart(p->suite, p->mortal);
	suite_wait_ready(p->suite, p->mortal);
	return true;
}

/* No answer, or one that says that somebody is away or still at it. A service that was killed by its own hand may
 * need a moment until its parent knows. */
static bool
must_ask_again(struct play *p, const struct kit_reply *r)
{
	bool running = strcmp(r->slug, "idempotency.running") == 0;

	if (p->mortal == NULL || (r->status != 0 && r->status != 502 && r->status != 503 && r->status != 504 && !running))
		return false;
	if (!revive(p) && running)
		suite_clock(p->suite, 31);      /* over the lease of the request that died */
	return true;
}

struct kit_reply
ask_with(struct play *p, const char *method, const char *path, const char *json, ...)
{
	int64_t deadline = kit_deadline(PATIENCE * PROMISED_MS);
	const char *heads[4] = { NULL };
	struct kit_reply r;
	va_list more;

	va_start(more, json);
	for (size_t n = 0; n < COUNT_OF(heads) && (heads[n] = va_arg(more, const char *)) != NULL; n++)
		;
	va_end(more);
	do
		r = kit_http(p->suite, method, path, json, heads[0], heads[1], heads[2], heads[3]);
	while (must_ask_again(p, &r) && kit_goes_on(deadline));
	return r;
}

struct kit_reply
want_at(const char *file, int line, int status, struct kit_reply reply)
{
	if (reply.status != status)
		kit_fail("%s:%d: wanted %d, got %d: %s", file, line, status, reply.status, reply.body);
	return reply;
}

struct kit_reply
want_problem_at(const char *file, int line, int status, const char *slug, struct kit_reply reply)
{
	want_at(file, line, status, reply);
	if (strcmp(reply.slug, slug) != 0)
		kit_fail("%s:%d: wanted %s: %s", file, line, slug, reply.body);
	if (strncmp(kit_header(&reply, "Content-Type"), "application/problem+json", 24) != 0)
		kit_fail("%s:%d: no problem document:\n%s", file, line, reply.head);
	if (kit_json_i64(reply.body, "status") != status || kit_json_text(reply.body, "requestId") == NULL)
		kit_fail("%s:%d: a poor problem document: %s", file, line, reply.body);
	return reply;
}

const char *
as(const struct person *who)
{
	return kit_print("Authorization: Bearer %s", who->access);
}

const char *
key(const struct play *p, const char *word)
{
	return kit_print("Idempotency-Key: %s-%d", word, p->number);
}

const char *
text_in(struct kit_reply reply, const char *path)
{
	const char *text = kit_json_text(reply.body, path);

	if (text == NULL)
		kit_fail("no %s in %s", path, reply.body);
	return text;
}

void
timing(struct play *p)
{
	p->began_us = clock_mono_us();
}

void
told(struct play *p, const char *what)
{
	int64_t took_us = clock_mono_us() - p->began_us;

	if (p->telling) {
		printf("  %8.1f ms  %s\n", (double)took_us / 1000, what);
		fflush(stdout);
	}
	timing(p);
}

const char *
read_code(struct play *p)
{
	int64_t soon = kit_deadline(PROMISED_MS);

	while (p->patient && kit_inbox_count(p->suite, p->buyer.phone) == 0 && !revive(p) && kit_goes_on(soon))
		;
	if (p->patient && kit_inbox_count(p->suite, p->buyer.phone) == 0)
		suite_clock(p->suite, 31);      /* over the lease of a job whose worker died */
	return kit_inbox_code(p->suite, p->buyer.phone);
}

/* ---- plays */

static struct person
person(const char *phone, const char *email, const char *name)
{
	return (struct person){ .phone = phone, .email = email, .name = name, .password = "correct-horse-9!" };
}

struct play *
play_new(struct suite *s, int number)
{
	struct play *p = calloc(1, sizeof(*p));

	SURE(p != NULL);
	kit_sure(number >= 0 && number < 1000);
	p->suite = s;
	p->number = number;
	p->buyer = person(kit_print("0102000%04d", number), kit_print("buyer%d@dure.example", number), "김두레");
	p->seller = person(kit_print("0103000%04d", number), kit_print("seller%d@dure.example", number), "이가게");
	p->unreached_phone = kit_print("0104%03d3018", number);
	timing(p);
	return p;
}

void
play_close(struct play **pp)
{
	struct play *p = *pp;

	*pp = NULL;
	if (p->socket != NULL)
		kit_socket_close(&p->socket);
	free(p);
}

struct suite *
play_suite_with(int flags, ...)
{
	const char *settings[18] = {
		"gateway", "DURE_LIMITS=default=100000/60,signup=100000/60,verification=100000/60,login=100000/60,"
		    "refresh=100000/60,payment=100000/60,order=100000/60,webhook=100000/60,events=100000/60,company=1000000/60,"
		    "bad_token=100000/60,refusal=1000000/60",
		"auth", "DURE_ARGON2_MEMORY_KIB=8", "auth", "DURE_SMS_ADDRESS_DAILY_MAX=100000",
		"gateway", "DURE_TRUSTED_PROXIES=127.0.0.1",     /* which may have any number of connections */
	};
	va_list more;

	va_start(more, flags);
	for (size_t n = 8; n < COUNT_OF(settings) - 1 && (settings[n] = va_arg(more, const char *)) != NULL; n++)
		;
	va_end(more);
	return suite_start_with(flags, settings);
}

void
play_all(struct play *p)
{
	for (size_t i = 0; i < n_play_steps; i++)
		play_steps[i].play(p);
}

void
play_until(struct play *p, const char *step)
{
	for (size_t i = 0; i < n_play_steps; i++) {
		play_steps[i].play(p);
		if (strcmp(play_steps[i].name, step) == 0)
			return;
	}
	kit_fail("there is no step \"%s\"", step);
}
