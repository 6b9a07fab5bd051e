/* Prints and reads PHC strings of argon2id. */
#include "common/token/phc.h"
#include "common/core/text.h"
#include <inttypes.h>
#include <string.h>

bool
phc_cost_good(const struct password_cost *c)
{
	/* Argon2 itself needs 8 KiB per lane. */
	return c->passes >= 1 && c->passes <= PHC_MAX_PASSES && c->lanes >= 1 &&
	    c->lanes <= PHC_MAX_LANES && c->memory_kib >= 8 * c->lanes && c->memory_kib <= PHC_MAX_KIB;
}

static struct text
unpadded(struct text base64)
{
	while (base64.len > 0 && base64.at[base64.len - 1] == '=')
		base64.len--;
	return base64;
}

struct text
phc_print(struct arena *mem, const struct phc *p)
{
	struct text salt = unpadded(text_base64(mem, p->salt));
	struct text hash = unpadded(text_base64(mem, p->hash));

	return text_of(arena_printf(mem,
	    "$argon2id$v=19$m=%" PRIu32 ",t=%" PRIu32 ",p=%" PRIu32 "$%.*s$%.*s",
	    p->cost.memory_kib, p->cost.passes, p->cost.lanes, TEXT_ARG(salt), TEXT_ARG(hash)));
}

static bool
base64_read(struct arena *mem, struct text t, struct text *out)
{
	if (t.len == 0 || t.len > 2 * PHC_MAX_BYTES || memchr(t.at, '=', t.len) != NULL)
		return false;
	const char *pad = &"==="[3 - (4 - t.len % 4) % 4];
	const char *padded = arena_printf(mem, "%.*s%s", TEXT_ARG(t), pad);

	return text_from_base64(mem, text_of(padded), out) &&
	    out->len >= PHC_MIN_BYTES && out->len <= PHC_MAX_BYTES;
}

/* "m=19456" of name 'm'. */
static bool
cost_read(struct text t, char name, uint32_t *out)
{
	int64_t n = 0;

	if (t.len < 3 || t.at[0] != name || t.at[1] != '=')
		return false;
	if (!text_to_i64((struct text){ t.at + 2, t.len - 2 }, &n) || n < 0 || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool
costs_read(struct text t, struct password_cost *out)
{
	struct text rest = t;

	return cost_read(text_cut(&rest, ','), 'm', &out->memory_kib) &&
	    cost_read(text_cut(&rest, ','), 't', &out->passes) &&
	    cost_read(text_cut(&rest, ','), 'p', &out->lanes) && rest.at == NULL && phc_cost_good(out);
}

bool
phc_parse(struct arena *mem, struct text t, struct phc *out)
{
	struct text rest = t;

	if (!text_starts(t, TEXT("$argon2id$v=19$")))
		return false;
	for (int i = 0; i < 3; i++)
		(void)text_cut(&rest, '$');
	return costs_read(text_cut(&rest, '$'), &out->cost) &&
	    base64_read(mem, text_cut(&rest, '$'), &out->salt) && rest.at != NULL &&
	    base64_read(mem, rest, &out->hash);
}
