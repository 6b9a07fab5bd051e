/* Verifies AWS Signature Version 4, from the Authorization header or from the query. */
#include "deploy/sandbox/clock.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/digest.h"
#include "deploy/sandbox/s3.h"

#include <civetweb.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define EXPIRES_MAX 604800
#define SKEW_MAX (15 * CLOCK_MINUTE)
#define PARAMS_MAX 64

/* What the caller says of its signature, from either place. */
struct claim {
	char *credential, *date, *signed_headers, *signature, *expires;
	const char *payload;
	bool presigned;
};

static void
put_encoded(FILE *out, const char *text, bool keep_slash)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c) != NULL || (c == '/' && keep_slash))
			fputc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}

/* Decodes, then encodes in the one way that is canonical. */
static void
put_canonical(FILE *out, const char *raw, size_t len, bool keep_slash)
{
	char *decoded = malloc(len + 1);

	if (decoded == NULL)
		return;
	digest_percent_decode(raw, len, false, decoded);
	put_encoded(out, decoded, keep_slash);
	free(decoded);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
canonical_param(const char *raw, size_t len)
{
	char *text = NULL;
	size_t text_len, name_len = strcspn(raw, "=&");
	FILE *out = open_memstream(&text, &text_len);

	if (out == NULL)
		return NULL;
	put_canonical(out, raw, name_len < len ? name_len : len, false);
	fputc('=', out);
	if (name_len < len)
		put_canonical(out, raw + name_len + 1, len - name_len - 1, false);
	fclose(out);
	return text;
}

/* Sorted, without the signature itself. */
static void
put_query(FILE *out, const char *query)
{
	char *params[PARAMS_MAX] = { 0 };
	size_t n = 0;

	while (query != NULL && *query != '\0' && n < PARAMS_MAX) {
		size_t len = strcspn(query, "&");

		if (len > 0 && strncmp(query, "X-Amz-Signature=", 16) != 0) {
			params[n] = canonical_param(query, len);
			n += params[n] != NULL;
		}
		query += len + (query[len] == '&');
	}
	qsort(params, n, sizeof(params[0]), by_text);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s%s", i > 0 ? "&" : "", params[i]);
		free(params[i]);
	}
	fputc('\n', out);
}

static void
put_header_value(FILE *out, const char *value)
{
	bool space = false;

	value += strspn(value, " \t");
	for (; *value != '\0'; value++) {
		if (*value == ' ' || *value == '\t') {
			space = true;
			continue;
		}
		if (space)
			fputc(' ', out);
		space = false;
		fputc(*value, out);
	}
}

/* The headers named as signed; one that is missing makes the signature false by itself. */
static void
put_headers(FILE *out, const struct request *rq, const char *signed_headers)
{
	for (const char *at = signed_headers; *at != '\0';) {
		size_t len = strcspn(at, ";");
		char *name = strndup(at, len);
		const char *value = name != NULL ? request_header(rq, name) : NULL;

		fprintf(out, "%s:", name != NULL ? name : "");
		put_header_value(out, value != NULL ? value : "");
		fputc('\n', out);
		free(name);
		at += len + (at[len] == ';');
	}
	fprintf(out, "\n%s\n", signed_headers);
}

static char *
string_to_sign(const struct request *rq, const struct claim *c, const char *scope)
{
	char *request = NULL, *text = NULL, hash[DIGEST_HEX];
	size_t len;
	FILE *out = open_memstream(&request, &len);

	if (out == NULL)
		return NULL;
	fprintf(out, "%s\n", rq->info->request_method);
	put_canonical(out, rq->path, strlen(rq->path), true);
	fputc('\n', out);
	put_query(out, rq->query);
	put_headers(out, rq, c->signed_headers);
	fputs(c->payload, out);
	fclose(out);
	digest_sha256_hex(request, len, hash);
	free(request);
	if (asprintf(&text, ALGORITHM "\n%s\n%s\n%s", c->date, scope, hash) < 0)
		return NULL;
	return text;
}

static void
sign(const char *day, const char *text, char hex[DIGEST_HEX])
{
	unsigned char key[DIGEST_SIZE], raw[DIGEST_SIZE];
	char *secret = NULL;
	int len = asprintf(&secret, "AWS4%s", conf.s3_secret_key);

	if (len < 0)
		abort();
	digest_hmac(secret, (size_t)len, day, strlen(day), key);
	free(secret);
	digest_hmac(key, sizeof(key), conf.s3_region, strlen(conf.s3_region), raw);
	digest_hmac(raw, sizeof(raw), "s3", 2, key);
	digest_hmac(key, sizeof(key), "aws4_request", 12, raw);
	digest_hmac(raw, sizeof(raw), text, strlen(text), key);
	digest_hex(key, sizeof(key), hex);
}

static bool
signature_fits(const struct request *rq, const struct claim *c)
{
	char day[9], scope[128], hex[DIGEST_HEX], *text;

	snprintf(day, sizeof(day), "%.8s", c->date);
	snprintf(scope, sizeof(scope), "%s/%s/s3/aws4_request", day, conf.s3_region);
	text = string_to_sign(rq, c, scope);
	if (text == NULL)
		return false;
	sign(day, text, hex);
	free(text);
	return digest_same(hex, c->signature);
}

/* One Name=value part of the Authorization header, in a new buffer. */
static char *
auth_part(const char *header, const char *name)
{
	const char *at = strstr(header, name);

	if (at == NULL)
		return NULL;
	at += strlen(name);
	return strndup(at, strcspn(at, ", "));
}

static void
read_claim(const struct request *rq, struct claim *c)
{
	const char *header = request_header(rq, "Authorization");
	const char *date = request_header(rq, "x-amz-date");

	*c = (struct claim){ .presigned = header == NULL };
	if (header == NULL) {
		c->credential = request_query(rq, "X-Amz-Credential");
		c->date = request_query(rq, "X-Amz-Date");
		c->signed_headers = request_query(rq, "X-Amz-SignedHeaders");
		c->signature = request_query(rq, "X-Amz-Signature");
		c->expires = request_query(rq, "X-Amz-Expires");
		c->payload = "UNSIGNED-PAYLOAD";
	} else if (strncmp(header, ALGORITHM " ", sizeof(ALGORITHM)) == 0) {
		c->credential = auth_part(header, "Credential=");
		c->date = date != NULL ? strdup(date) : NULL;
		c->signed_headers = auth_part(header, "SignedHeaders=");
		c->signature = auth_part(header, "Signature=");
		c->payload = request_header(rq, "x-amz-content-sha256");
	}
}

static void
free_claim(struct claim *c)
{
	free(c->credential);
	free(c->date);
	free(c->signed_headers);
	free(c->signature);
	free(c->expires);
}

static bool
refuse(struct reply *rep, int status, const char *code, const char *message)
{
	s3_refuse(rep, status, code, message, "");
	return false;
}

static bool
refuse_expired(struct reply *rep, const struct claim *c, int64_t until, int64_t now)
{
	char more[256], expires[CLOCK_TEXT], server[CLOCK_TEXT];

	clock_utc(until, "%Y-%m-%dT%H:%M:%SZ", expires);
	clock_utc(now, "%Y-%m-%dT%H:%M:%SZ", server);
	snprintf(more, sizeof(more), "<X-Amz-Expires>%.12s</X-Amz-Expires><Expires>%s</Expires>"
	    "<ServerTime>%s</ServerTime>", c->expires, expires, server);
	s3_refuse(rep, 403, "AccessDenied", "Request has expired", more);
	return false;
}

static bool
check_time(const struct claim *c, struct reply *rep)
{
	int64_t at, now = clock_now();
	long seconds;
	char *end;

	if (!clock_parse_amz(c->date, &at))
		return refuse(rep, 403, "AccessDenied",
		    "X-Amz-Date must be formatted via ISO8601 Long format");
	if (!c->presigned)
		return llabs(now - at) <= SKEW_MAX || refuse(rep, 403, "RequestTimeTooSkewed",
		    "The difference between the request time and the current time is too large.");
	seconds = strtol(c->expires, &end, 10);
	if (*end != '\0' || seconds < 1 || seconds > EXPIRES_MAX)
		return refuse(rep, 400, "AuthorizationQueryParametersError",
		    "X-Amz-Expires must be a number between 1 and 604800 seconds");
	if (now < at - SKEW_MAX)
		return refuse(rep, 403, "AccessDenied", "Request is not valid yet");
	if (now > at + seconds * CLOCK_SECOND)
		return refuse_expired(rep, c, at + seconds * CLOCK_SECOND, now);
	return true;
}

static bool
check_scope(const struct claim *c, struct reply *rep)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "%s/%.8s/%s/s3/aws4_request", conf.s3_access_key, c->date,
	    conf.s3_region);
	if (strcmp(wanted, c->credential) == 0)
		return true;
	if (strncmp(c->credential, conf.s3_access_key, strlen(conf.s3_access_key)) != 0)
		return refuse(rep, 403, "InvalidAccessKeyId",
		    "The AWS Access Key Id you provided does not exist in our records.");
	return refuse(rep, 400, "AuthorizationHeaderMalformed",
	    "The credential's date, region or service is wrong");
}

static bool
check_payload(const struct request *rq, const struct claim *c, struct reply *rep)
{
	char hash[DIGEST_HEX];

	if (c->presigned || strcmp(c->payload, "UNSIGNED-PAYLOAD") == 0)
		return true;
	if (strncmp(c->payload, "STREAMING-", 10) == 0)
		return refuse(rep, 501, "NotImplemented", "Streaming payloads are not supported");
	digest_sha256_hex(rq->body, rq->body_len, hash);
	return strcmp(hash, c->payload) == 0 || refuse(rep, 400, "XAmzContentSHA256Mismatch",
	    "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

static bool
check(const struct request *rq, const struct claim *c, struct reply *rep)
{
	if (c->credential == NULL || c->date == NULL || c->signed_headers == NULL
	    || c->signature == NULL || (c->presigned && c->expires == NULL))
		return refuse(rep, 403, "AccessDenied", "Access Denied");
	if (c->payload == NULL)
		return refuse(rep, 400, "InvalidRequest",
		    "Missing required header for this request: x-amz-content-sha256");
	if (!check_time(c, rep) || !check_scope(c, rep))
		return false;
	if (!signature_fits(rq, c))
		return refuse(rep, 403, "SignatureDoesNotMatch",
		    "The request signature we calculated does not match the signature you provided.");
	return check_payload(rq, c, rep);
}

bool
s3_verify(const struct request *rq, struct reply *rep)
{
	struct claim c;
	bool fine;

	read_claim(rq, &c);
	fine = check(rq, &c, rep);
	free_claim(&c);
	return fine;
}
