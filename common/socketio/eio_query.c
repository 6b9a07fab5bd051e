/* What a request says of itself: its path, the values behind it, where it comes from. */
#include "common/core/text.h"
#include "common/socketio/eio_lws.h"

#include <string.h>

/* The first value of that name; empty when there is none, or it is longer than any of ours. */
struct text
eio_query(struct lws *wsi, const char *name, struct eio_query *room)
{
	size_t n = strlen(name);

	for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
		int len = lws_hdr_copy_fragment(wsi, room->at, (int)sizeof(room->at),
		    WSI_TOKEN_HTTP_URI_ARGS, i);

		if (len > (int)n && room->at[n] == '=' && memcmp(room->at, name, n) == 0)
			return (struct text){ room->at + n + 1, (size_t)len - n - 1 };
	}
	return (struct text){ room->at, 0 };
}

bool
eio_path_is(struct lws *wsi, const char *path)
{
	char *at;
	int   len;

	if (lws_http_get_uri_and_method(wsi, &at, &len) < 0 || len < 0)
		return false;
	return text_is((struct text){ at, (size_t)len }, path);
}

void
eio_peer_ip(const struct eio *e, struct lws *wsi, char out[ADDRESS_CHARS + 1])
{
	char peer[64], forwarded[512];

	lws_get_peer_simple(wsi, peer, sizeof(peer));
	if (lws_hdr_copy(wsi, forwarded, (int)sizeof(forwarded), WSI_TOKEN_X_FORWARDED_FOR) <= 0)
		forwarded[0] = '\0';
	address_of_client(text_of(e->config->trusted_proxies), text_of(peer), text_of(forwarded), out);
}
