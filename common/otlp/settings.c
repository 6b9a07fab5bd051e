/* What operators write about their collector. */
#include <stdlib.h>
#include <string.h>

#include "common/core/text.h"
#include "common/otlp/otlp.h"

bool
otlp_endpoint_is_good(const char *endpoint)
{
	struct text url = text_of(endpoint);
	size_t scheme = text_starts(url, TEXT("https://")) ? 8 : text_starts(url, TEXT("http://")) ? 7 : 0;

	return scheme > 0 && url.len > scheme && url.at[scheme] != '/' && strpbrk(endpoint, "?#@ ") == NULL;
}

/* RFC 9110: a token. */
static bool
is_name(struct text t)
{
	static const char odd[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!plain && (c == '\0' || strchr(odd, c) == NULL))
			return false;
	}
	return t.len > 0;
}

static bool
is_value(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] < ' ' || t.at[i] > '~')
			return false;
	return t.len > 0;
}

bool
otlp_headers_cut(char *text, struct provider_header into[OTLP_HEADERS], size_t *n)
{
	struct text rest = text_of(text);

	*n = 0;
	while (rest.len > 0) {
		struct text value = text_trim(text_cut(&rest, ',')), name = text_cut(&value, '=');

		if (*n == OTLP_HEADERS || !is_name(name) || value.at == NULL || !is_value(value))
			return false;
		text[name.at + name.len - text] = '\0';
		into[(*n)++] = (struct provider_header){ name.at, value };
	}
	return true;
}

bool
otlp_headers_are_good(const char *text)
{
	struct provider_header headers[OTLP_HEADERS];
	char *copy = strdup(text);
	size_t n;

	SURE(copy != NULL);
	bool good = otlp_headers_cut(copy, headers, &n);
	explicit_bzero(copy, strlen(text));
	free(copy);
	return good;
}
