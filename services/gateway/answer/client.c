/* Who is calling, by address. */
#include "services/gateway/answer/client.h"
#include "common/core/address.h"
#include "common/core/text.h"
#include "services/gateway/gateway.h"

/* Header lines have been bounded by the door. */
enum { LIST_BYTES = 65536 };

static struct text
forwarded_for(struct req *rq, const struct http_request *in)
{
	struct buf list = buf_in(rq->mem, LIST_BYTES);

	for (size_t i = 0; i < in->n_headers; i++) {
		if (!text_eq_nocase(in->headers[i].name, TEXT("X-Forwarded-For")))
			continue;
		if (list.len > 0)
			buf_byte(&list, ',');
		buf_text(&list, in->headers[i].value);
	}
	return buf_as_text(&list);
}

void
client_address(struct req *rq, const struct http_request *in)
{
	struct text trusted = text_of(gateway_of(rq)->config->trusted_proxies);
	char ip[ADDRESS_CHARS + 1];

	address_of_client(trusted, rq->client_ip, forwarded_for(rq, in), ip);
	rq->client_ip = arena_text(rq->mem, ip);
}
