/* The order id at the provider: 6 to 64 of A-Z a-z 0-9 - _, told apart by stage and installation. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/billing/billing.h"
#include "services/billing/payment/payment.h"
#include "services/billing/service.h"

static struct config_common config;
static struct billing_config settings;
static struct billing billing = { .config = &settings };
static struct app app = { .service = "billing", .config = &config, .state = &billing };
static struct req rq;

static void
begin(void)
{
	req_begin(&rq, &app, arena_open((size_t)1 << 24), TEXT("test"), 60000);
	config.stage = "dev";
	settings.installation = "local";
}

static void
end(void)
{
	struct arena *mem = rq.mem;

	req_end(&rq);
	arena_close(&mem);
}

TestSuite(order_id, .init = begin, .fini = end);

static const char *
made(const char *stage, const char *installation, struct uuid id)
{
	config.stage = stage;
	settings.installation = installation;
	return payment_order_id(&rq, id).at;
}

static void
is_taken(const char *order_id)
{
	size_t n = strlen(order_id);

	cr_expect(n >= 6 && n <= 64, "%zu characters: %s", n, order_id);
	cr_expect_eq(strspn(order_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), n, "%s", order_id);
}

Test(order_id, it_is_of_the_provider_s_letters_for_any_id)
{
	struct uuid ends[] = { { { 0 } }, { { 0 } } };

	memset(ends[1].b, 0xff, sizeof(ends[1].b));
	is_taken(made("dev", "local", ends[0]));
	is_taken(made("dev", "local", ends[1]));
	for (int i = 0; i < 10000; i++)
		is_taken(made("prod", "seoul-1", uuid_new()));
}

Test(order_id, long_names_are_cut_and_leave_it_short_enough)
{
	is_taken(made("production-like", "an-installation-with-a-very-long-name", uuid_new()));
}

Test(order_id, it_tells_stage_and_installation)
{
	cr_assert_eq(strncmp(made("dev", "local", uuid_new()), "dev-local-", 10), 0);
	cr_assert_eq(strlen(made("dev", "local", uuid_new())), 32);
}

static bool
is_ours(const char *order_id)
{
	return payment_order_is_ours(&rq, text_of(order_id));
}

Test(order_id, those_of_another_stage_or_installation_are_not_ours)
{
	const char *ours = made("dev", "local", uuid_new()), *longer = made("dev", "local-2", uuid_new());

	(void)made("dev", "local", uuid_new());
	cr_assert(is_ours(ours));
	cr_assert(!is_ours(longer));
	cr_assert(!is_ours(""));
	cr_assert(!is_ours("dev-local-"));
	(void)made("prod", "local", uuid_new());
	cr_assert(!is_ours(ours));
	(void)made("dev", "local-2", uuid_new());
	cr_assert(!is_ours(ours));
	cr_assert(is_ours(longer));
}

Test(order_id, a_test_key_of_the_provider_is_a_problem_in_prod_only)
{
	struct billing_config values = { .toss_secret_key = "test_sk_x" };
	FILE *problems = tmpfile();

	cr_assert_eq(billing_check(&values, false, problems), 0);
	cr_assert_eq(billing_check(&values, true, problems), 1);
	values.toss_secret_key = "live_sk_x";
	cr_assert_eq(billing_check(&values, true, problems), 0);
	fclose(problems);
}

Test(order_id, two_payments_differ)
{
	struct uuid one = uuid_new(), two = one;

	two.b[15] ^= 1;
	cr_assert_str_neq(made("dev", "local", one), made("dev", "local", two));
	cr_assert_str_eq(made("dev", "local", one), made("dev", "local", one));
}

Test(order_id, an_installation_the_provider_would_not_take_keeps_billing_from_starting)
{
	static const char *const bad[] = { "our shop", "서울", "a/b", "a.b", "seventeen-letters" };

	billing_config_values = (struct billing_config){ .toss_base_url = "http://127.0.0.1:1", .toss_secret_key = "k",
		.toss_timeout_ms = 500, .toss_parallel = 1 };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct err *e;

		billing_config_values.installation = bad[i];
		e = billing_open(&rq, &app);
		cr_assert(e != NULL && strcmp(e->slug, "config.installation") == 0, "%s", bad[i]);
	}
	billing_config_values.installation = "Seoul_1-a";
	cr_assert_null(billing_open(&rq, &app));
	billing_close(&app);
}
