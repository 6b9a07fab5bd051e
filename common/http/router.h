/* Path templates to routes, percent-decoding, query strings. Pure: no sockets, fuzzed. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H
#include "common/core/arena.h"

enum { ROUTER_MAX_PARAMS = 4, ROUTER_MAX_QUERY = 32 };
struct router;
/* paths[i] is "/api/orders/{orderId}"; methods[i] any small number. Tables live as long as the router. Panics
 * on two equal rows: that is a bug of the contract. */
struct router *router_open(const char *const *paths, const int *methods, size_t n);
void        router_close(struct router **r);

struct router_match {
	int         row;
	size_t      n_params;
	struct text names[ROUTER_MAX_PARAMS], values[ROUTER_MAX_PARAMS];
	unsigned    allowed;
};
/* row ≥ 0: found, parameters decoded into mem. −1: no such path. −2: path known, not with this method;
 * allowed has a bit per method. A literal segment wins over a parameter. Paths with "//", "." or ".."
 * segments, bad escapes, %00 or %2F match nothing. */
void        router_find(const struct router *r, struct arena *mem, int method, struct text path, struct router_match *out);

struct query_pair { struct text name, value; };
/* '+' is a space. False: bad escape, NUL, more than ROUTER_MAX_QUERY pairs or a name given twice. */
bool        query_parse(struct arena *mem, struct text query, struct query_pair *pairs, size_t *n) MUST_USE;
bool        percent_decode(struct arena *mem, struct text t, bool plus_is_space, struct text *out) MUST_USE;
#endif
