/* What a message was made of, as JSON beside it. */
#include "services/notification/on/params.h"
#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/json/json.h"

/* Four texts of at most 200 characters, each character at most six bytes when escaped. */
enum { PARAMS_BYTES = 8192 };

struct text
params_json(struct arena *mem, const struct param *pairs, size_t n)
{
	struct buf b = buf_in(mem, PARAMS_BYTES);
	const char *separator = "{";

	for (size_t i = 0; i < n; i++) {
		if (pairs[i].value.at == NULL)
			continue;
		buf_printf(&b, "%s\"%s\":", separator, pairs[i].name);
		json_write_text(&b, pairs[i].value);
		separator = ",";
	}
	buf_str(&b, *separator == '{' ? "{}" : "}");
	return buf_as_text(&b);
}

struct text
params_points(struct arena *mem, int64_t amount_krw, int64_t balance_krw)
{
	return text_of(arena_printf(mem, "{\"amountKrw\":%lld,\"balanceKrw\":%lld}", (long long)amount_krw,
	    (long long)balance_krw));
}

struct text
order_path(struct arena *mem, struct uuid order_id)
{
	char id[UUID_CHARS + 1];

	uuid_print(order_id, id);
	return text_of(arena_printf(mem, "/orders/%s", id));
}
