/* The table of rate limits and the counter that goes on without Redis. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "services/gateway/gate/limit.h"
#include "tests/kit/kit.h"
#include "tests/unit/gateway/world.h"

TestSuite(limit, .init = world_open, .fini = world_close);

static const char *const table[] = {
#define LIMIT(name, count, seconds) #name,
#include "services/gateway/limits.def"
#undef LIMIT
};

static bool
in_table(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (strcmp(table[i], name) == 0)
			return true;
	return false;
}

static bool
used(const char *name)
{
	for (size_t i = 0; i < n_public_routes; i++)
		if (strcmp(public_routes[i].limit, name) == 0)
			return true;
	/* Beside that of the route. */
	return strcmp(name, "company") == 0 || strcmp(name, "bad_token") == 0 || strcmp(name, "refusal") == 0;
}

Test(limit, every_limit_the_contract_names_is_in_the_table_and_none_is_idle)
{
	cr_assert_gt(n_public_routes, 20);
	for (size_t i = 0; i < n_public_routes; i++)
		cr_assert(in_table(public_routes[i].limit), "%s of %s", public_routes[i].limit, public_routes[i].path);
	for (size_t i = 0; i < COUNT_OF(table); i++)
		cr_assert(used(table[i]), "no route uses %s", table[i]);
}

/* A code has 80 random bits; twenty guesses in an hour do not find one. */
Test(limit, a_user_may_try_twenty_coupon_codes_in_an_hour)
{
	const char *limit = "";

	for (size_t i = 0; i < n_public_routes; i++)
		if (strcmp(public_routes[i].name, "registered_coupon_create") == 0)
			limit = public_routes[i].limit;
	cr_assert_str_eq(limit, "coupon_code");
	cr_assert_eq(limit_find(limit)->count, 20);
	cr_assert_eq(limit_find(limit)->window_s, 3600);
}

Test(limit, the_configuration_changes_what_it_names)
{
	cr_assert_null(limits_change(&rq, " login = 5/10 ,order=7/3600,"));
	cr_assert_eq(limit_find("login")->count, 5);
	cr_assert_eq(limit_find("login")->window_s, 10);
	cr_assert_eq(limit_find("order")->count, 7);
	cr_assert_eq(limit_find("order")->window_s, 3600);
	cr_assert_eq(limit_find("signup")->count, 30);
	cr_assert_null(limits_change(&rq, ""));
	cr_assert_null(limits_change(&rq, NULL));
}

Test(limit, a_change_that_means_nothing_stops_the_start)
{
	static const char *const wrong[] = { "login", "login=", "login=5", "login=5/", "login=/60", "logon=5/60", "login=0/60",
		"login=-1/60", "login=5/0", "login=5/86401", "login=100000001/60", "login=5/60/2", "login=x/60", "=5/60",
		"LOGIN=5/60",
		"login=5/60 order=7/60", "login=99999999999999999999/60" };

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		cr_assert_str_eq(slug_of(limits_change(&rq, wrong[i])), "config.limits", "%s", wrong[i]);
}

Test(limit, an_answer_over_the_limit_is_a_429_that_says_when_to_come_back)
{
	struct limit_count counts[] = { { limit_find("login"), { .remaining = 3, .reset_s = 41 } },
		{ limit_find("company"), { .over = true, .reset_s = 17 } } };
	const struct err *e = limit_over(&rq, counts, 2);

	cr_assert_eq(err_status(e), 429);
	cr_assert_str_eq(e->slug, "quota-exceeded");
	cr_assert_eq(e->retry_after_s, 17);
	cr_assert_null(limit_over(&rq, counts, 1));
	counts[1].answer.reset_s = 0;
	cr_assert_eq(limit_over(&rq, counts, 2)->retry_after_s, 1);
	counts[1].answer.over = false;
	cr_assert_null(limit_over(&rq, counts, 2));
}

Test(limit, the_header_lines_are_those_of_the_draft)
{
	struct buf head = buf_in(rq.mem, 1024), both = buf_in(rq.mem, 1024);
	const struct limit login = { "login", 60, 60 }, company = { "company", 900, 10 };
	const struct limit_count counts[] = { { &login, { .remaining = 59, .reset_s = 41 } },
		{ &company, { .remaining = 7, .reset_s = 3 } } };

	limit_head(&head, counts, 1);
	cr_assert_str_eq(str(buf_as_text(&head)), "RateLimit-Policy: \"login\";q=60;w=60\r\nRateLimit: \"login\";r=59;t=41\r\n");
	limit_head(&both, counts, 2);
	cr_assert_str_eq(str(buf_as_text(&both)), "RateLimit-Policy: \"login\";q=60;w=60, \"company\";q=900;w=10\r\n"
	    "RateLimit: \"login\";r=59;t=41, \"company\";r=7;t=3\r\n");
}

static struct limit_answer
local(const struct limit *limit, const char *subject)
{
	struct limit_answer answer;

	limit_locally(limit, text_of(subject), &answer);
	return answer;
}

Test(limit, the_local_counter_stops_at_the_limit_and_starts_anew_with_the_window)
{
	static const struct limit few = { "few", 3, 2 };
	struct limit_answer a;

	kit_until(3000, local(&(struct limit){ "clock", 1000, 2 }, "x").reset_s == 2);      /* the window has just begun */
	for (int i = 2; i >= 0; i--) {
		a = local(&few, "203.0.113.7");
		cr_assert(!a.over && a.remaining == i && a.reset_s >= 1 && a.reset_s <= 2, "%d %d", a.remaining, a.reset_s);
	}
	cr_assert(local(&few, "203.0.113.7").over);
	cr_assert(local(&few, "203.0.113.7").over);
	cr_assert_not(local(&few, "203.0.113.8").over, "another address");
	kit_until(3000, !local(&few, "203.0.113.7").over);
}

Test(limit, what_is_left_is_seen_without_counting)
{
	static const struct limit few = { "few", 2, 3600 };
	struct limit_answer a;

	for (int i = 0; i < 5; i++) {
		limit_left_locally(&few, TEXT("203.0.113.7"), &a);
		cr_assert(!a.over && a.remaining == 2, "%d", a.remaining);
	}
	(void)local(&few, "203.0.113.7");
	(void)local(&few, "203.0.113.7");
	limit_left_locally(&few, TEXT("203.0.113.7"), &a);
	cr_assert(a.over && a.remaining == 0 && a.reset_s > 0);
}

/* A flood of nonsense must not become a flood of lines, wherever they are kept. */
Test(limit, so_many_refusals_of_an_address_are_told_and_no_more)
{
	int told = 0;

	cr_assert_null(limits_change(&rq, "refusal=5/3600"));
	for (int i = 0; i < 50; i++)
		told += limit_refusal_told(&rq);
	cr_assert_eq(told, 5);
	rq.client_ip = TEXT("127.0.0.2");
	cr_assert(limit_refusal_told(&rq));
}

/* 65536 slots: ten times as many subjects leave next to none out. */
static void
count_in_every_slot(const struct limit *limit)
{
	char subject[32];

	for (int i = 0; i < 655360; i++) {
		(void)snprintf(subject, sizeof(subject), "s%d", i);
		(void)local(limit, subject);
	}
}

/* Two limits of different windows in one slot must not wipe each other's count, whichever came first. */
Test(limit, a_shared_slot_of_the_local_counter_is_strict_never_lax)
{
	static const struct limit few = { "few", 3, 3600 }, brief = { "brief", 1000000, 1 };

	for (int i = 0; i < 4; i++)
		(void)local(&few, "203.0.113.7");
	cr_assert(local(&few, "203.0.113.7").over);
	count_in_every_slot(&(struct limit){ "other", 1000000, 7200 });
	cr_assert(local(&few, "203.0.113.7").over);
	count_in_every_slot(&brief);
	cr_assert(local(&few, "203.0.113.7").over);
}

Test(limit, a_slot_that_began_with_a_short_window_keeps_the_count_of_a_longer_one)
{
	static const struct limit few = { "few", 3, 3600 }, brief = { "brief", 1000000, 1 };

	count_in_every_slot(&brief);
	for (int i = 0; i < 4; i++)
		(void)local(&few, "203.0.113.7");
	kit_throughout(1100, local(&few, "203.0.113.7").over);
}

/* A subscriber has 2^64 addresses of IPv6; they are one caller. */
Test(limit, a_network_of_ipv6_is_counted_as_one)
{
	cr_assert_str_eq(str(limit_network(rq.mem, TEXT("203.0.113.7"))), "203.0.113.7");
	cr_assert_str_eq(str(limit_network(rq.mem, TEXT("2001:db8:0:7:1:2:3:4"))), "2001:db8:0:7::");
	cr_assert_str_eq(str(limit_network(rq.mem, TEXT(""))), "");
	cr_assert_null(limits_change(&rq, "refusal=1/3600"));
	rq.client_ip = TEXT("2001:db8:0:7::1");
	cr_assert(limit_refusal_told(&rq));
	rq.client_ip = TEXT("2001:db8:0:7:ffff::2");
	cr_assert_not(limit_refusal_told(&rq));
	rq.client_ip = TEXT("2001:db8:0:8::1");
	cr_assert(limit_refusal_told(&rq));
}
