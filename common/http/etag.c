/* ETag, If-Match and If-None-Match: the version of a thing that two people edit. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"

static void
set(struct req *rq, const char *etag)
{
	rq->answer->etag = text_of(etag);
	http_header(rq, "ETag", rq->answer->etag);
}

void
http_etag(struct req *rq, int64_t version)
{
	set(rq, arena_printf(rq->mem, "\"v%lld\"", (long long)version));
}

void
http_etag_detail(struct req *rq, int64_t version, int64_t detail)
{
	set(rq, arena_printf(rq->mem, "\"v%lld.%llx\"", (long long)version, (unsigned long long)detail));
}

/* Weak comparison (RFC 9110 13.1.2): W/ makes no difference to a reader. */
bool
http_etag_listed(struct text if_none_match, struct text etag)
{
	while (if_none_match.len > 0) {
		struct text one = text_trim(text_cut(&if_none_match, ','));
		if (text_starts(one, TEXT("W/")))
			one = (struct text){ one.at + 2, one.len - 2 };
		if (text_eq(one, etag) || text_is(one, "*"))
			return true;
	}
	return false;
}

/* What stands between "v and the dot or the closing quote. */
static bool
version_of(struct text etag, int64_t *version)
{
	struct text inside = { etag.at + 2, etag.len - 3 };

	return text_to_i64(text_cut(&inside, '.'), version) && *version >= 0;
}

/* "v12" or "v12.3f", quotes included, and nothing else: no list, no weak tag, no star, because the writer must say
 * which version was read. */
const struct err *
http_if_match(struct req *rq, int64_t *version)
{
	size_t n;
	struct text t = http_header_of(rq->answer->in, "If-Match", &n);

	if (t.at == NULL)
		return FAIL(rq, NEEDS_MATCH, "http.if_match_missing", "If-Match must carry the ETag that was read");
	t = text_trim(t);
	if (n != 1 || t.len < 4 || !text_starts(t, TEXT("\"v")) || t.at[t.len - 1] != '"' || !version_of(t, version))
		return FAIL(rq, INVALID, "http.if_match_malformed", "If-Match must be one ETag of ours, like \"v3\"");
	return NULL;
}
