/* A socket that nng does not let go of does not keep a service from ending. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <time.h>

#include "common/bus/room.h"
#include "common/core/clock.h"
#include "common/core/text.h"
#include "tests/kit/kit.h"

enum { PATIENCE_MS = 10000 };

static bool hanging;
static int  called, returned;

/* In the place of nng's own, for the whole program of this test: the one of the library, when it is let go. */
int
nng_close(nng_socket socket)
{
	union { void *found; int (*close)(nng_socket); } real = { .found = dlsym(RTLD_NEXT, "nng_close") };

	__atomic_add_fetch(&called, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&hanging, __ATOMIC_ACQUIRE))
		(void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	int rc = real.close(socket);
	__atomic_add_fetch(&returned, 1, __ATOMIC_ACQ_REL);
	return rc;
}

Test(close, a_socket_that_closes_is_waited_for, .timeout = 30)
{
	nng_socket s;

	cr_assert_eq(nng_rep0_open(&s), 0);
	cr_assert(bus_socket_close(s, NULL));
	cr_assert_eq(returned, 1);
}

Test(close, a_socket_that_does_not_is_left_behind, .timeout = 30)
{
	int64_t began_us = clock_mono_us();
	nng_socket s;

	cr_assert_eq(nng_rep0_open(&s), 0);
	__atomic_store_n(&hanging, true, __ATOMIC_RELEASE);
	cr_assert(!bus_socket_close(s, NULL));
	cr_assert(!bus_socket_close(s, NULL));     /* nng is stuck, and not asked again */
	cr_assert_lt(clock_mono_us() - began_us, (int64_t)PATIENCE_MS * 1000);
	cr_assert_eq(__atomic_load_n(&called, __ATOMIC_ACQUIRE), 1);
	__atomic_store_n(&hanging, false, __ATOMIC_RELEASE);
	kit_until(PATIENCE_MS, __atomic_load_n(&returned, __ATOMIC_ACQUIRE) == 1);
}

static const struct err *
silence(struct req *rq, struct bus_responder **r)
{
	return bus_responder_open(rq, r, "127.0.0.1:0", 2, NULL, NULL);
}

/* The socket is nng's still. */
Test(close, a_responder_that_is_left_behind_is_not_freed, .timeout = 30)
{
	struct bus_responder *r = NULL;
	struct req rq;

	req_begin(&rq, NULL, arena_open(1 << 20), TEXT("test"), PATIENCE_MS);
	cr_assert_null(silence(&rq, &r));
	__atomic_store_n(&hanging, true, __ATOMIC_RELEASE);
	bus_responder_close(&r);
	cr_assert_null(r);
	__atomic_store_n(&hanging, false, __ATOMIC_RELEASE);
	kit_until(PATIENCE_MS, __atomic_load_n(&returned, __ATOMIC_ACQUIRE) == 1);
}
