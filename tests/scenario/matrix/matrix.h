/* Every public call of the contracts, filled in so that it could succeed for its owner. */
#ifndef SCENARIO_MATRIX_MATRIX_H
#define SCENARIO_MATRIX_MATRIX_H
#include "common/core/msg.h"
#include "gen/proto/public_routes.gen.h"
#include "tests/kit/kit.h"

/* What a parameter is filled with: an object of the one who is to be left alone. For everybody: things of the shop that
 * all companies see. */
struct belonging { const char *name, *value; bool for_everybody; };
/* Bodies that bounds alone cannot make. */
struct body { const char *route, *json; };

struct matrix {
	struct suite           *suite;
	const struct belonging *belongings;
	size_t                  n_belongings;
	const struct body      *bodies;
	size_t                  n_bodies;
	size_t                  cases;       /* calls made so far */
	bool                    of_nobody;   /* what is somebody's is filled with an id that nobody has */
};

/* What a route takes; NULL: nothing. */
const struct msg_type *matrix_input(const struct gateway_route *route);
/* The value of a parameter that must be named in belongings when it is an id; a test fails that does not say what is to be
 * added. NULL: not an id. */
const struct belonging *matrix_belonging(const struct matrix *m, const struct gateway_route *route, const struct msg_field *f);
/* Calls the route with all that it requires and, unless NULL, one more field of query or body. authorization NULL: none. */
struct kit_reply matrix_call(struct matrix *m, const struct gateway_route *route, const struct msg_field *more,
    const char *authorization);
#endif
