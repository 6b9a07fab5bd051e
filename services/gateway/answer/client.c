/* Who is calling, by address. */
#include "services/gateway/answer/client.h"
#include "common/core/address.h"
#include "common/core/text.h"

/* Header lines have been bounded by the door. */
enum { LIST_BYTES = 65536 };

static struct text
forwarded_for(const struct http_request *in, struct arena *mem)
{
	struct buf list = buf_in(mem, LIST_BYTES);

	for (size_t i = 0; i < in->n_headers; i++) {
		if (!text_eq_nocase(in->headers[i].name, TEXT("X-Forwarded-For")))
			continue;
		if (list.len > 0)
			buf_byte(&list, ',');
		buf_text(&list, in->headers[i].value);
	}
	return buf_as_text(&list);
}

struct text
client_of(const struct gateway *gateway, const struct http_request *in, struct arena *mem)
{
	char ip[ADDRESS_CHARS + 1];

	address_of_client(text_of(gateway->config->trusted_proxies), in->client_ip, forwarded_for(in, mem), ip);
	return arena_text(mem, ip);
}

void
client_address(struct req *rq, const struct http_request *in)
{
	rq->client_ip = client_of(gateway_of(rq), in, rq->mem);
}
