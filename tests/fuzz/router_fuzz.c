/* Paths and query strings from outside: whatever matches must be clean. */
#include <string.h>

#include "common/core/arena.h"
#include "common/core/text.h"
#include "common/http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_path(const struct router *r, struct arena *mem, struct text path)
{
	struct router_match m;

	router_find(r, mem, 0, path, &m);
	SURE(m.row >= -2 && m.row < 5 && m.n_params <= ROUTER_MAX_PARAMS);
	for (size_t i = 0; i < m.n_params; i++) {
		SURE(text_is_utf8(m.values[i]) && m.values[i].len > 0 && !text_is(m.values[i], ".."));
		SURE(memchr(m.values[i].at, '/', m.values[i].len) == NULL);
		SURE(memchr(m.values[i].at, '\0', m.values[i].len) == NULL);
	}
}

static void
check_query(struct arena *mem, struct text query)
{
	struct query_pair pairs[ROUTER_MAX_QUERY];
	size_t n;

	if (!query_parse(mem, query, pairs, &n))
		return;
	SURE(n <= ROUTER_MAX_QUERY);
	for (size_t i = 0; i < n; i++) {
		SURE(text_is_utf8(pairs[i].value));
		for (size_t k = 0; k < i; k++)
			SURE(!text_eq(pairs[i].name, pairs[k].name));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/a", "/a/{x}", "/{k}/b/{x}", "/a/b", "/" };
	static const int methods[] = { 0, 0, 0, 1, 0 };
	static struct router *router;
	static struct arena *mem;
	struct text input = { (const char *)data, size };

	if (router == NULL) {
		router = router_open(paths, methods, COUNT_OF(paths));
		mem = arena_open(1 << 24);
	}
	check_path(router, mem, input);
	check_query(mem, input);
	arena_reset(mem);
	return 0;
}
