/* Reads the list of publishers out of the configuration. */
#include "common/bus/bus.h"

#include <string.h>

#include "common/core/text.h"

static bool
take_word(struct text t, char *out, size_t out_bytes)
{
	if (t.len == 0 || t.len >= out_bytes || memchr(t.at, '\0', t.len) != NULL)
		return false;
	memcpy(out, t.at, t.len);
	out[t.len] = '\0';
	return true;
}

static bool
take_port(struct text t, int *port)
{
	int64_t n;

	if (!text_to_i64(t, &n) || n < 1 || n > 65535)
		return false;
	*port = (int)n;
	return true;
}

/* "host" or "[v6 address]"; moves *rest behind the colon that follows. */
static bool
take_host(struct text *rest, char *out, size_t out_bytes)
{
	if (rest->len == 0 || rest->at[0] != '[')
		return take_word(text_cut(rest, ':'), out, out_bytes);
	rest->at++;
	rest->len--;
	if (!take_word(text_cut(rest, ']'), out, out_bytes))
		return false;
	return text_cut(rest, ':').len == 0;
}

static bool
take_peer(struct text row, struct bus_peer *out)
{
	struct text name = text_trim(text_cut(&row, '='));

	row = text_trim(row);
	if (!take_word(name, out->name, sizeof(out->name)) ||
	    !take_host(&row, out->host, sizeof(out->host)))
		return false;
	struct text pub = text_cut(&row, ':');
	return take_port(pub, &out->pub_port) && take_port(row, &out->ask_port);
}

bool
bus_peers_parse(const char *spec, struct bus_peers *out)
{
	struct text rest = text_trim(text_of(spec));

	memset(out, 0, sizeof(*out));
	while (rest.len > 0) {
		if (out->n == COUNT_OF(out->at) ||
		    !take_peer(text_trim(text_cut(&rest, ',')), &out->at[out->n]))
			return false;
		out->n++;
	}
	return true;
}
