/* Presigned URLs against the published example and one that was computed by hand. */
#include <criterion/criterion.h>
#include <string.h>
#include "common/core/text.h"
#include "common/core/clock.h"
#include "common/provider/sigv4.h"

static struct arena *mem;

static void
begin(void)
{
	mem = arena_open(1 << 20);
}

static void
end(void)
{
	arena_close(&mem);
}

TestSuite(sigv4, .init = begin, .fini = end);

static struct sigv4
example(const char *time)
{
	struct sigv4 s = { .access_key = "AKIAIOSFODNN7EXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.content_length = -1 };

	cr_assert(time_parse(text_of(time), &s.at_us));
	return s;
}

static const char *
signature_of(const char *url)
{
	return strstr(url, "&X-Amz-Signature=") + strlen("&X-Amz-Signature=");
}

Test(sigv4, the_published_example_of_a_get_is_signed_as_published)
{
	struct sigv4 s = example("2013-05-24T00:00:00Z");

	s.method = "GET";
	s.host = "examplebucket.s3.amazonaws.com";
	s.path = "/test.txt";
	s.region = "us-east-1";
	s.expires_s = 86400;
	cr_assert_str_eq(sigv4_presign(mem, &s), "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
	    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
	    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
	    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

Test(sigv4, a_put_signs_its_type_and_encodes_its_path_once)
{
	struct sigv4 s = example("2026-01-01T00:00:00Z");
	const char *url;

	s.method = "PUT";
	s.host = "examplebucket.s3.ap-northeast-2.amazonaws.com";
	s.path = "/up/a b.png";
	s.region = "ap-northeast-2";
	s.content_type = "image/png";
	s.expires_s = 900;
	url = sigv4_presign(mem, &s);
	cr_assert(text_starts(text_of(url), TEXT("/up/a%20b.png?")));
	cr_assert_not_null(strstr(url, "&X-Amz-SignedHeaders=content-type%3Bhost&"));
	cr_assert_str_eq(signature_of(url), "88e6d09228d529638de1d460c88dad7cb465ce31467dac55e937940814b2f746");
}

Test(sigv4, another_length_type_time_or_key_is_another_signature)
{
	struct sigv4 s = example("2026-01-01T00:00:00Z"), other;
	const char *one;

	s.method = "PUT";
	s.host = "localhost:9000";
	s.path = "/b/k";
	s.region = "eu-1";
	s.content_type = "image/png";
	s.content_length = 10;
	s.expires_s = 60;
	one = signature_of(sigv4_presign(mem, &s));
	cr_assert_str_eq(signature_of(sigv4_presign(mem, &s)), one);
	for (int i = 0; i < 5; i++) {
		other = s;
		if (i == 0)
			other.content_length = 11;
		else if (i == 1)
			other.content_type = "image/jpeg";
		else if (i == 2)
			other.at_us += 1000000;
		else if (i == 3)
			other.secret = "another";
		else
			other.path = "/b/K";
		cr_expect_str_neq(signature_of(sigv4_presign(mem, &other)), one, "change %d", i);
	}
}
