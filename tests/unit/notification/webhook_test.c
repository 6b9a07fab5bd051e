/* The signature against the standard's own example. */
#include <criterion/criterion.h>
#include "common/core/text.h"
#include "services/notification/webhook/webhook.h"

/* The example of the standard's reference libraries. */
Test(webhook_signature, is_what_the_standard_computes)
{
	struct arena *mem = arena_open(1 << 16);
	struct text secret, got;

	cr_assert(text_from_base64(mem, TEXT("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &secret));
	got = webhook_signature(mem, secret, TEXT("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, TEXT("{\"test\": 2432232314}"));
	cr_assert_str_eq(arena_printf(mem, "%.*s", TEXT_ARG(got)), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	arena_close(&mem);
}
