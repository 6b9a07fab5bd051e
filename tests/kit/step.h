/* An opened service: what step.c and event.c both look into. */
#ifndef KIT_STEP_H
#define KIT_STEP_H
#include "common/config/config.h"
#include "common/core/app.h"
#include "tests/kit/kit.h"

struct http_server;

struct kit {
	const struct svc          *svc;
	const struct kit_database *database;     /* NULL: a service without one */
	struct config_common       config;
	struct app                 app;
	struct arena              *mem;          /* of the opening; configuration and pools may refer to it */
	struct http_server        *server;
	int64_t                    last_row;     /* of the outbox, that kit_event() gave */
	const char                *ignored;      /* types of events that it passes over; a pattern of LIKE */
	struct kit                *next_closed;
};
#endif
