/* Requests to strangers: where they may go, and what is told of them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "common/core/text.h"
#include "common/log/log.h"
#include "common/provider/stranger.h"
#include "tests/unit/provider/oddserver.h"

static struct oddserver odd;
static struct arena *mem;
static struct req rq;
static struct strangers *strict, *lenient;
static struct stranger_answer got;

static void
setup(void)
{
	struct strangers_config config = { .connect_timeout_ms = 500, .timeout_ms = 300, .max_parallel = 2 };

	log_open("test", LV_ERROR);
	oddserver_open(&odd);
	mem = arena_open(1 << 24);
	req_begin(&rq, NULL, mem, TEXT("test"), 5000);
	strict = strangers_open(&config);
	config.private_too = true;
	lenient = strangers_open(&config);
}

static void
teardown(void)
{
	strangers_close(&strict);
	strangers_close(&lenient);
	req_end(&rq);
	arena_close(&mem);
}

TestSuite(stranger, .init = setup, .fini = teardown, .timeout = 30);

/* The status, or the word of the failure as a text. */
static const char *
post(struct strangers *o, const char *url)
{
	struct provider_ask ask = { .method = "POST", .body = TEXT("{}"), .n_headers = 1,
		.headers = { { "webhook-id", TEXT("msg_1") } } };
	static char word[32];

	cr_assert_null(stranger_call(&rq, o, url, &ask, &got));
	(void)snprintf(word, sizeof(word), "%d", got.status);
	return got.failure != NULL ? got.failure : word;
}

static const char *
odd_url(const char *host, const char *path)
{
	return arena_printf(mem, "http://%s:%d%s", host, odd.port, path);
}

Test(stranger, any_status_is_an_answer)
{
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/ok")), "200");
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/500")), "500");
}

Test(stranger, a_redirect_is_not_followed)
{
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/redirect")), "302");
	cr_assert_eq(odd.requests, 1);
}

Test(stranger, an_answer_without_end_is_cut_off_but_its_status_counts)
{
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/big")), "200");
}

Test(stranger, silence_and_absence_have_names)
{
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/never")), "timeout");
	cr_assert_str_eq(post(lenient, arena_printf(mem, "http://127.0.0.1:%d/", oddserver_dead_port())), "unreachable");
	cr_assert_str_eq(post(lenient, odd_url("127.0.0.1", "/gone")), "cut");
}

/* However the address is spelled, and whatever a name resolves to. */
Test(stranger, nothing_of_ours_is_reached)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]",
		"[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1" };

	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		cr_expect_str_eq(post(strict, arena_printf(mem, "https://%s:%d/ok", hosts[i], odd.port)), "address",
		    "%s", hosts[i]);
	cr_assert_eq(odd.connections, 0);
}

Test(stranger, only_https_leaves_the_house)
{
	cr_assert_str_eq(post(strict, "http://1.1.1.1/"), "address");
	cr_assert_str_eq(post(lenient, "file:///etc/passwd"), "address");
	cr_assert_str_eq(post(lenient, "gopher://127.0.0.1/"), "address");
}
