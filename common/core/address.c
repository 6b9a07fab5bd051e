/* Client addresses. */
#include "common/core/address.h"
#include <arpa/inet.h>
#include <string.h>
#include "common/core/text.h"

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
	if (a->family != net->family)
		return false;
	for (int64_t bit = 0; bit < bits; bit++)
		if ((a->b[bit / 8] ^ net->b[bit / 8]) >> (7 - bit % 8) & 1)
			return false;
	return true;
}

/* "address" or "address/bits". */
static bool
parse_net(struct text entry, struct address *net, int64_t *bits)
{
	struct text host = text_cut(&entry, '/');
	int64_t most;

	if (!parse(host, net))
		return false;
	*bits = most = net->family == AF_INET ? 32 : 128;
	return entry.at == NULL || (text_to_i64(entry, bits) && *bits >= 0 && *bits <= most);
}

static bool
is_listed(struct text list, const struct address *a)
{
	while (list.len > 0) {
		struct address net;
		int64_t bits;

		if (parse_net(text_trim(text_cut(&list, ',')), &net, &bits) && within(a, &net, bits))
			return true;
	}
	return false;
}

bool
address_listed(struct text list, struct text address)
{
	struct address a;

	return parse(address, &a) && is_listed(list, &a);
}

bool
address_list_good(struct text list)
{
	while (list.len > 0) {
		struct text entry = text_trim(text_cut(&list, ','));
		struct address net;
		int64_t bits;

		if (entry.len > 0 && !parse_net(entry, &net, &bits))
			return false;
	}
	return true;
}

void
address_network(struct text address, char out[ADDRESS_CHARS + 1])
{
	struct address a;

	out[0] = '\0';
	if (!parse(address, &a))
		return;
	if (a.family == AF_INET6)
		memset(a.b + 8, 0, 8);
	SURE(inet_ntop(a.family, a.b, out, ADDRESS_CHARS + 1) != NULL);
}

/* Takes the last entry of "a, b, c" off the list. */
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
address_of_client(struct text trusted, struct text peer, struct text forwarded, char out[ADDRESS_CHARS + 1])
{
	struct address at, next;

	out[0] = '\0';
	if (!parse(peer, &at))
		return;
	while (forwarded.len > 0 && is_listed(trusted, &at) && parse(last_entry(&forwarded), &next))
		at = next;
	SURE(inet_ntop(at.family, at.b, out, ADDRESS_CHARS + 1) != NULL);
}
