/* Who is calling, by address. */
#include "services/gateway/answer/client.h"
#include <arpa/inet.h>
#include <string.h>
#include "common/core/text.h"
#include "services/gateway/gateway.h"

struct address { int family; unsigned char b[16]; };

/* A listener of both families calls 10.0.0.1 "::ffff:10.0.0.1". */
static void
unmap(struct address *a)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family != AF_INET6 || memcmp(a->b, mapped, sizeof(mapped)) != 0)
		return;
	a->family = AF_INET;
	memmove(a->b, a->b + sizeof(mapped), 4);
}

static bool
parse(struct text t, struct address *out)
{
	char word[INET6_ADDRSTRLEN];

	if (t.len == 0 || t.len >= sizeof(word))
		return false;
	memcpy(word, t.at, t.len);
	word[t.len] = '\0';
	for (int i = 0; i < 2; i++) {
		out->family = i == 0 ? AF_INET : AF_INET6;
		if (inet_pton(out->family, word, out->b) == 1) {
			unmap(out);
			return true;
		}
	}
	return false;
}

static bool
within(const struct address *a, const struct address *net, int64_t bits)
{
	int64_t most = net->family == AF_INET ? 32 : 128;

	if (a->family != net->family || bits < 0 || bits > most)
		return false;
	for (int64_t bit = 0; bit < bits; bit++)
		if ((a->b[bit / 8] ^ net->b[bit / 8]) >> (7 - bit % 8) & 1)
			return false;
	return true;
}

bool
address_listed(struct text list, struct text address)
{
	struct address a, net;

	if (!parse(address, &a))
		return false;
	while (list.len > 0) {
		struct text bits = text_trim(text_cut(&list, ',')), host = text_cut(&bits, '/');
		int64_t n;

		if (!parse(host, &net))
			continue;
		if (bits.at == NULL)
			n = net.family == AF_INET ? 32 : 128;
		else if (!text_to_i64(bits, &n))
			continue;
		if (within(&a, &net, n))
			return true;
	}
	return false;
}

/* The last entry of "a, b, c". */
static struct text
last_entry(struct text *list)
{
	struct text t = *list;
	size_t at = t.len;

	while (at > 0 && t.at[at - 1] != ',')
		at--;
	list->len = at > 0 ? at - 1 : 0;
	return text_trim((struct text){ t.at + at, t.len - at });
}

void
client_address(struct req *rq)
{
	struct text trusted = text_of(gateway_of(rq)->config->trusted_proxies);
	struct text list = http_request_header(rq, "X-Forwarded-For");
	struct address checked;

	while (list.at != NULL && list.len > 0 && address_listed(trusted, rq->client_ip)) {
		struct text entry = last_entry(&list);

		if (!parse(entry, &checked))
			return;
		rq->client_ip = entry;
	}
}
