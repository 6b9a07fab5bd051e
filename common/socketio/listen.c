/* Where to listen. */
#include "common/socketio/listen.h"
#include "common/core/text.h"

#include <string.h>

static bool
split(struct text one, struct text *host, struct text *port)
{
	size_t colon = one.len;

	while (colon > 0 && one.at[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	*host = (struct text){ one.at, colon - 1 };
	*port = (struct text){ one.at + colon, one.len - colon };
	return true;
}

bool
listen_next(struct text *rest, struct listen_address *out)
{
	struct text one = text_trim(text_cut(rest, ',')), host, port;
	int64_t     n;

	if (!split(one, &host, &port) || !text_to_i64(port, &n) || n < 0 || n > 65535)
		return false;
	memset(out, 0, sizeof(*out));
	out->port = (int)n;
	out->ipv6 = host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
	if (out->ipv6)
		host = (struct text){ host.at + 1, host.len - 2 };
	if (host.len >= sizeof(out->host))
		return false;
	if (!text_is(host, "0.0.0.0") && !text_is(host, "::"))
		memcpy(out->host, host.at, host.len);
	return true;
}
