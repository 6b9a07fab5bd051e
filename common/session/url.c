/* Reads the address of a Redis. */
#include "common/core/text.h"
#include "common/session/connection.h"
#include <string.h>

enum { REDIS_PORT = 6379, DB_MAX = 1023 };

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes into a C string; false when it does not fit, or holds a NUL or half a code. */
static bool
decode(struct text t, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++, n++) {
		char c = t.at[i];

		if (c == '%') {
			int high = i + 2 < t.len ? hex_digit(t.at[i + 1]) : -1;
			int low = i + 2 < t.len ? hex_digit(t.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return false;
		out[n] = c;
	}
	out[n] = '\0';
	return true;
}

static bool
number(struct text t, int64_t max, int *out)
{
	int64_t n = 0;

	if (!text_to_i64(t, &n) || n < 0 || n > max)
		return false;
	*out = (int)n;
	return true;
}

/* "user:password@" off the front. The last '@' counts, so that one inside a password that nobody
 * encoded does no harm. */
static bool
take_login(struct text *rest, struct redis_url *out)
{
	const char *at = rest->len > 0 ? memrchr(rest->at, '@', rest->len) : NULL;

	if (at == NULL)
		return true;
	struct text login = { rest->at, (size_t)(at - rest->at) };
	struct text password = login;
	struct text user = text_cut(&password, ':');

	*rest = (struct text){ at + 1, rest->len - login.len - 1 };
	return password.at != NULL && decode(user, out->user, sizeof(out->user)) &&
	    decode(password, out->password, sizeof(out->password));
}

static bool
unix_read(struct text rest, struct redis_url *out)
{
	if (!take_login(&rest, out))
		return false;
	struct text query = rest;
	struct text path = text_cut(&query, '?');

	if (path.len < 2 || path.at[0] != '/' || !decode(path, out->path, sizeof(out->path)))
		return false;
	if (query.at == NULL)
		return true;
	return text_starts(query, TEXT("db=")) &&
	    number((struct text){ query.at + 3, query.len - 3 }, DB_MAX, &out->db);
}

/* "[::1]" or a name off the front; empty when it is neither. */
static struct text
take_host(struct text *rest)
{
	if (rest->len == 0 || rest->at[0] != '[')
		return text_cut(rest, ':');
	rest->at++;
	rest->len--;
	struct text host = text_cut(rest, ']');
	if (rest->at == NULL)
		return (struct text){ 0 };
	/* Behind the bracket stands nothing, or a colon and the port. */
	return text_cut(rest, ':').len == 0 ? host : (struct text){ 0 };
}

static bool
tcp_read(struct text rest, struct redis_url *out)
{
	if (!take_login(&rest, out))
		return false;
	struct text db = rest;
	struct text port = text_cut(&db, '/');
	struct text host = take_host(&port);

	out->port = REDIS_PORT;
	return host.len > 0 && decode(host, out->host, sizeof(out->host)) &&
	    (port.at == NULL || (number(port, 65535, &out->port) && out->port > 0)) &&
	    (db.len == 0 || number(db, DB_MAX, &out->db));
}

static struct text
behind(struct text t, struct text prefix)
{
	return (struct text){ t.at + prefix.len, t.len - prefix.len };
}

bool
redis_url_parse(struct text url, struct redis_url *out)
{
	*out = (struct redis_url){ 0 };
	if (text_starts(url, TEXT("redis://")))
		return tcp_read(behind(url, TEXT("redis://")), out);
	if (text_starts(url, TEXT("unix://")))
		return unix_read(behind(url, TEXT("unix://")), out);
	return false;
}
