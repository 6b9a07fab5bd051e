/* The text formats of the contracts. */
#include "common/core/format.h"

#include <string.h>

#include "common/core/text.h"

enum { EMAIL_MIN = 6 };      /* "a@b.cd" */

/* C0 and DEL, C1 (two bytes, c2 80 to c2 9f), and the line and paragraph separators U+2028 and
 * U+2029 (e2 80 a8, a9), which end a line in some readers. */
static bool
has_control(struct text t)
{
	const unsigned char *at = (const unsigned char *)t.at;

	for (size_t i = 0; i < t.len; i++) {
		if (at[i] < 0x20 || at[i] == 0x7f)
			return true;
		if (at[i] == 0xc2 && i + 1 < t.len && at[i + 1] < 0xa0)
			return true;
		if (at[i] == 0xe2 && i + 2 < t.len && at[i + 1] == 0x80 &&
		    (at[i + 2] & 0xfe) == 0xa8)
			return true;
	}
	return false;
}

static bool
is_any(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if ((unsigned char)t.at[i] < 0x20 && t.at[i] != '\n' && t.at[i] != '\t')
			return false;
	}
	return true;
}

/* Printable ASCII but for the given letters. */
static bool
is_printable_without(struct text t, const char *refused)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] <= ' ' || t.at[i] > '~' || strchr(refused, t.at[i]) != NULL)
			return false;
	}
	return true;
}

static bool
is_token(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');
		if (!letter && c != '-' && c != '_' && c != '.')
			return false;
	}
	return t.len > 0;
}

/* At least two parts, none of them empty. */
static bool
is_domain(struct text t)
{
	struct text rest = t;
	int parts = 0;

	do {
		if (text_cut(&rest, '.').len == 0)
			return false;
		parts++;
	} while (rest.at != NULL);
	return parts >= 2;
}

/* Without quoted local parts, literals and non-ASCII: what would need care in an SMTP command or a
 * mail header is refused at the door. */
static bool
take_email(struct arena *mem, struct text t, struct text *out)
{
	struct text domain = t, local = text_cut(&domain, '@');
	char *lower;

	if (t.len < EMAIL_MIN || local.len == 0 || !is_printable_without(t, "<>()[]\\,;:\""))
		return false;
	if (domain.at == NULL || memchr(domain.at, '@', domain.len) != NULL || !is_domain(domain))
		return false;
	lower = arena_zero(mem, t.len + 1, 1);
	for (size_t i = 0; i < t.len; i++)
		lower[i] = (char)(t.at[i] >= 'A' && t.at[i] <= 'Z' ? t.at[i] - 'A' + 'a' : t.at[i]);
	*out = (struct text){ lower, t.len };
	return true;
}

/* ":8080", or nothing */
static bool
is_port(struct text t)
{
	int64_t port;

	if (t.len == 0)
		return true;
	t.at++;
	t.len--;
	return t.len <= 5 && t.at[0] != '-' && text_to_i64(t, &port) && port > 0 && port < 65536;
}

static bool
is_host_and_port(struct text t)
{
	size_t host = 0;

	if (t.len > 0 && t.at[0] == '[') {
		const char *end = memchr(t.at, ']', t.len);
		if (end == NULL || end - t.at < 3)
			return false;
		host = (size_t)(end - t.at) + 1;
		if (host < t.len && t.at[host] != ':')
			return false;
	} else {
		while (host < t.len && t.at[host] != ':')
			host++;
	}
	if (host == 0 || memchr(t.at, '@', t.len) != NULL || (host < t.len && host + 1 == t.len))
		return false;
	return is_port((struct text){ t.at + host, t.len - host });
}

static bool
is_uri(struct text t)
{
	static const struct text schemes[] = { { "http://", 7 }, { "https://", 8 } };
	struct text authority = { NULL, 0 };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t n = schemes[i].len;
		if (t.len > n && text_eq_nocase((struct text){ t.at, n }, schemes[i]))
			authority = (struct text){ t.at + n, t.len - n };
	}
	if (authority.at == NULL || !is_printable_without(t, "\"<>\\^`{|}"))
		return false;
	for (size_t i = 0; i < authority.len; i++) {
		if (strchr("/?#", authority.at[i]) != NULL)
			authority.len = i;
	}
	return is_host_and_port(authority);
}

bool
format_take(struct arena *mem, enum msg_format format, struct text t, struct text *out)
{
	*out = t;
	switch (format) {
	case MSG_ANY:   return is_any(t);
	case MSG_PHONE: return text_phone(mem, t, out);
	case MSG_EMAIL: return take_email(mem, t, out);
	case MSG_LINE:  return !has_control(t);
	case MSG_TOKEN: return is_token(t);
	case MSG_URI:   return is_uri(t);
	}
	UNREACHED("a format that is none");
}

const char *
format_said(enum msg_format format)
{
	static const char *const said[] = {
		[MSG_ANY]   = "must hold no control characters but line ends and tabs",
		[MSG_PHONE] = "must be a Korean mobile number",
		[MSG_EMAIL] = "must be a mail address",
		[MSG_LINE]  = "must be one line without control characters",
		[MSG_TOKEN] = "must hold only letters, digits, '-', '_' and '.'",
		[MSG_URI]   = "must be an http or https address without user name",
	};

	return said[format];
}
