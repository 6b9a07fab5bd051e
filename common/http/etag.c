/* ETag, If-Match and If-None-Match: the version of a thing that two people edit. */
#include <string.h>

#include "common/core/text.h"
#include "common/http/door.h"

void
http_etag(struct req *rq, int64_t version)
{
	rq->answer->etag = text_of(arena_printf(rq->mem, "\"v%lld\"", (long long)version));
	http_header(rq, "ETag", rq->answer->etag);
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

/* "v12", quotes included, and nothing else: no list, no weak tag, no star, because the writer must say which
 * version was read. */
const struct err *
http_if_match(struct req *rq, int64_t *version)
{
	size_t n;
	struct text t = http_header_of(rq->answer->in, "If-Match", &n);

	if (t.at == NULL)
		return FAIL(rq, NEEDS_MATCH, "http.if_match_missing", "If-Match must carry the ETag that was read");
	t = text_trim(t);
	if (n != 1 || t.len < 4 || !text_starts(t, TEXT("\"v")) || t.at[t.len - 1] != '"' ||
	    !text_to_i64((struct text){ t.at + 2, t.len - 3 }, version) || *version < 0)
		return FAIL(rq, INVALID, "http.if_match_malformed", "If-Match must be one ETag of ours, like \"v3\"");
	return NULL;
}
