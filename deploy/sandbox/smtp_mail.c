/* Reads a mail's subject and text so that the inbox can show them. */
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/inbox.h"
#include "deploy/sandbox/smtp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header with its continuation lines, in a new buffer. */
static char *
header(const char *text, const char *name)
{
	size_t name_len = strlen(name), len;

	for (; *text != '\0' && *text != '\n'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		while (text[len] == '\n' && (text[len + 1] == ' ' || text[len + 1] == '\t'))
			len += 1 + strcspn(text + len + 1, "\n");
		if (strncasecmp(text, name, name_len) == 0 && text[name_len] == ':') {
			const char *value = text + name_len + 1;

			while (*value == ' ')
				value++;
			return strndup(value, len - (size_t)(value - text));
		}
	}
	return NULL;
}

/* Decodes quoted-printable in place; in headers an underscore is a space. */
static void
decode_quoted(char *text, bool in_header)
{
	char *to = text;

	while (*text != '\0') {
		if (text[0] == '=' && text[1] == '\n') {
			text += 2;
		} else if (text[0] == '=' && isxdigit((unsigned char)text[1])
		    && isxdigit((unsigned char)text[2])) {
			char hex[4] = { '%', text[1], text[2], '\0' }, byte[4];

			digest_percent_decode(hex, 3, false, byte);
			*to++ = byte[0];
			text += 3;
		} else {
			*to = *text++;
			if (in_header && *to == '_')
				*to = ' ';
			to++;
		}
	}
	*to = '\0';
}

static char *
decode_base64(const char *text)
{
	char *packed = malloc(strlen(text) + 1), *out;
	size_t n = 0, len;

	if (packed == NULL)
		return NULL;
	for (; *text != '\0'; text++)
		if (!isspace((unsigned char)*text))
			packed[n++] = *text;
	out = digest_base64_decode(packed, n, &len);
	free(packed);
	return out;
}

/* One =?charset?B|Q?text?= word; NULL when it is none. */
static char *
decode_word(const char *word, size_t *used)
{
	const char *kind = strchr(word + 2, '?'), *text, *end;
	char *raw, *out;

	if (kind == NULL || kind[1] == '\0' || kind[2] != '?')
		return NULL;
	text = kind + 3;
	end = strstr(text, "?=");
	if (end == NULL || (raw = strndup(text, (size_t)(end - text))) == NULL)
		return NULL;
	*used = (size_t)(end + 2 - word);
	if (toupper((unsigned char)kind[1]) == 'B') {
		out = decode_base64(raw);
		free(raw);
		return out;
	}
	decode_quoted(raw, true);
	return raw;
}

/* A header's value with its encoded words decoded, in a new buffer. */
static char *
decode_header(const char *value)
{
	char *out = NULL;
	size_t len, used;
	FILE *to = open_memstream(&out, &len);

	if (to == NULL)
		return NULL;
	while (*value != '\0') {
		char *word = strncmp(value, "=?", 2) == 0 ? decode_word(value, &used) : NULL;

		if (word == NULL) {
			if (*value != '\n')
				fputc(*value, to);
			value++;
			continue;
		}
		fputs(word, to);
		free(word);
		value += used;
		/* Blanks between encoded words belong to neither. */
		if (value[strspn(value, " \t\n")] == '=')
			value += strspn(value, " \t\n");
	}
	fclose(to);
	return out;
}

static char *
decode_body(const char *text, const char *encoding)
{
	char *copy;

	if (encoding != NULL && strncasecmp(encoding, "base64", 6) == 0)
		return decode_base64(text);
	copy = strdup(text);
	if (copy != NULL && encoding != NULL && strncasecmp(encoding, "quoted-printable", 16) == 0)
		decode_quoted(copy, false);
	return copy;
}

static char *
body_of(const char *text)
{
	const char *blank = text[0] == '\n' ? text : strstr(text, "\n\n");
	char *encoding = header(text, "Content-Transfer-Encoding"), *body;

	if (blank == NULL)
		blank = text + strlen(text);
	body = decode_body(blank + strspn(blank, "\n"), encoding);
	free(encoding);
	return body;
}

/* The first part of a multipart mail is its plain text. */
static char *
first_part(const char *text, const char *type)
{
	const char *at = type != NULL ? strcasestr(type, "boundary=") : NULL;
	char *mark = NULL, *part = NULL, *body = NULL;
	const char *start, *end;

	if (at == NULL)
		return body_of(text);
	at += strlen("boundary=");
	at += *at == '"';
	if (asprintf(&mark, "\n--%.*s", (int)strcspn(at, "\"; \n"), at) < 0)
		return NULL;
	start = strstr(text, mark);
	if (start != NULL && (start = strchr(start + 1, '\n')) != NULL) {
		end = strstr(start, mark);
		part = strndup(start + 1, end > start ? (size_t)(end - start - 1) : strlen(start + 1));
	}
	if (part != NULL)
		body = body_of(part);
	free(part);
	free(mark);
	return body;
}

void
smtp_deliver(const char *from, const char *to, const char *text)
{
	char *raw = header(text, "Subject"), *type = header(text, "Content-Type");
	char *subject = raw != NULL ? decode_header(raw) : NULL;
	char *body = first_part(text, type);
	struct inbox_entry entry = {
		.kind = "mail",
		.to = to,
		.from = from,
		.subject = subject,
		.content = body,
		.status = "success",
	};

	inbox_add(&entry);
	free(raw);
	free(type);
	free(subject);
	free(body);
}
