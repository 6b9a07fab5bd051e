/* Whose request it is: the peer, or the client that trusted proxies name. */
#include "common/socketio/eio_peer.h"
#include "common/core/text.h"

#include <arpa/inet.h>
#include <string.h>

/* IPv4 stands in it as ::ffff:a.b.c.d, so that one comparison serves both. */
struct address { uint8_t b[16]; };

static bool
address_read(struct text t, struct address *out)
{
	char           z[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (t.len == 0 || t.len >= sizeof(z))
		return false;
	memcpy(z, t.at, t.len);
	z[t.len] = '\0';
	if (inet_pton(AF_INET6, z, out->b) == 1)
		return true;
	if (inet_pton(AF_INET, z, &v4) != 1)
		return false;
	memset(out->b, 0, 10);
	memset(out->b + 10, 0xff, 2);
	memcpy(out->b + 12, &v4, 4);
	return true;
}

static bool
prefix_holds(struct text prefix, const struct address *a)
{
	struct text    host = text_cut(&prefix, '/');
	struct address net;
	int64_t        bits = 128;
	bool           v4 = memchr(host.at, ':', host.len) == NULL;

	if (!address_read(host, &net))
		return false;
	if (prefix.at != NULL) {
		if (!text_to_i64(prefix, &bits) || bits < 0 || bits > (v4 ? 32 : 128))
			return false;
		bits += v4 ? 96 : 0;
	}
	for (int64_t i = 0; i < bits; i++)
		if ((net.b[i / 8] ^ a->b[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

static bool
is_trusted(const char *const *trusted, const struct address *a)
{
	for (; trusted != NULL && *trusted != NULL; trusted++)
		if (prefix_holds(text_of(*trusted), a))
			return true;
	return false;
}

static void
address_print(const struct address *a, char out[EIO_IP_CHARS + 1])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(a->b, v4, sizeof(v4)) == 0)
		(void)inet_ntop(AF_INET, a->b + 12, out, EIO_IP_CHARS + 1);
	else
		(void)inet_ntop(AF_INET6, a->b, out, EIO_IP_CHARS + 1);
}

/* The list grows to the right, one entry per proxy; what stands left of the last trusted one was
 * written by somebody we have no reason to believe. */
static void
follow_forwarded(const char *const *trusted, struct text list, struct address *at)
{
	while (is_trusted(trusted, at) && list.len > 0) {
		size_t         from = list.len;
		struct address next;

		while (from > 0 && list.at[from - 1] != ',')
			from--;
		if (!address_read(text_trim((struct text){ list.at + from, list.len - from }), &next))
			return;
		*at = next;
		list.len = from > 0 ? from - 1 : 0;
	}
}

void
eio_peer_read(struct text peer, struct text forwarded, const char *const *trusted,
    char out[EIO_IP_CHARS + 1])
{
	struct address at;

	memset(out, 0, EIO_IP_CHARS + 1);
	if (!address_read(peer, &at))
		return;
	follow_forwarded(trusted, forwarded, &at);
	address_print(&at, out);
}
