/* Opening and closing what programs outside get. */
#include <stdlib.h>

#include "common/bus/bus.h"
#include "common/config/config.h"
#include "common/core/app.h"
#include "common/outside/room.h"

/* They wait for auth now and then. */
enum { RESPONDERS = 4 };

static bool
is_set(const char *value)
{
	return value != NULL && value[0] != '\0';
}

const struct err *
outside_open(struct req *rq, struct outside **out, struct app *app)
{
	const struct config_common *c = app->config;
	struct outside *o;

	*out = NULL;
	if (!is_set(c->outside_auth_url))
		return NULL;
	o = *out = calloc(1, sizeof(*o));
	SURE(o != NULL);
	o->nonces = outside_nonces_open();
	o->readers = outside_readers_open();
	o->watch = outside_watch_open((int)c->outside_waiters);
	const struct err *e = outside_keys_open(rq, &o->keys, c->outside_auth_url, c->outside_auth_pair_key);
	if (e == NULL && is_set(c->outside_ask_listen))
		e = bus_responder_open(rq, &o->door, c->outside_ask_listen, RESPONDERS, outside_answer, app);
	if (e != NULL)
		outside_close(out);
	return e;
}

void
outside_close(struct outside **o)
{
	if (*o == NULL)
		return;
	bus_responder_close(&(*o)->door);
	outside_keys_close(&(*o)->keys);
	outside_watch_close(&(*o)->watch);
	outside_readers_close(&(*o)->readers);
	outside_nonces_close(&(*o)->nonces);
	free(*o);
	*o = NULL;
}
