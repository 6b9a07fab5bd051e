/* SENS's gateway: it verifies signatures and words its refusals. */
#include "deploy/sandbox/sens.h"
#include "deploy/sandbox/conf.h"
#include "deploy/sandbox/digest.h"

#include <civetweb.h>

#include <stdlib.h>
#include <string.h>

#define SKEW_MAX_MS (5 * 60 * 1000LL)

static void
gateway_refuse(struct reply *rep, int status, const char *code, const char *message,
    const char *details)
{
	reply_json(rep, status, json_pack("{s:{s:s, s:s, s:s}}", "error", "errorCode", code,
	    "message", message, "details", details));
}

/* A refusal by the service behind the gateway. */
void
sens_refuse(struct reply *rep, int status, const char *message)
{
	reply_json(rep, status, json_pack("{s:i, s:s, s:s}", "status", status, "error",
	    status == 400 ? "Bad Request" : status == 404 ? "Not Found" : "Forbidden",
	    "message", message));
}

/* What is signed is the request line as it came: neither decoded nor sorted. */
static bool
signature_fits(const struct request *rq, const char *timestamp, const char *signature)
{
	unsigned char raw[DIGEST_SIZE];
	char wanted[DIGEST_BASE64], *text = NULL;
	int len = asprintf(&text, "%s %s%s%s\n%s\n%s", rq->info->request_method, rq->path,
	    rq->query != NULL ? "?" : "", rq->query != NULL ? rq->query : "", timestamp,
	    conf.sens_access_key);

	if (len < 0)
		return false;
	digest_hmac(conf.sens_secret_key, strlen(conf.sens_secret_key), text, (size_t)len, raw);
	free(text);
	digest_base64(raw, wanted);
	return digest_same(wanted, signature);
}

static bool
is_fresh(const char *timestamp)
{
	char *end;
	long long ms = strtoll(timestamp, &end, 10);

	return *end == '\0' && end != timestamp
	    && llabs(ms - clock_now() / 1000) <= SKEW_MAX_MS;
}

/* What is wrong with the caller, or NULL. */
static const char *
check_signature(const struct request *rq)
{
	const char *timestamp = request_header(rq, "x-ncp-apigw-timestamp");
	const char *key = request_header(rq, "x-ncp-iam-access-key");
	const char *signature = request_header(rq, "x-ncp-apigw-signature-v2");

	if (timestamp == NULL || key == NULL || signature == NULL)
		return "Authentication information are missing.";
	if (!digest_same(key, conf.sens_access_key))
		return "Invalid access key.";
	if (!is_fresh(timestamp))
		return "Expired timestamp.";
	if (!signature_fits(rq, timestamp, signature))
		return "Invalid authentication information.";
	return NULL;
}

static void
enter(struct request *rq, struct reply *rep, step_fn *step)
{
	const char *wrong = check_signature(rq);

	if (wrong != NULL)
		gateway_refuse(rep, 401, "200", "Authentication Failed", wrong);
	else
		router_step(rq, rep, step);
}

static void
fail(struct reply *rep, const char *code)
{
	if (code == NULL)
		gateway_refuse(rep, 500, "900", "Unexpected Error", "Internal server error.");
	else if (strcmp(code, "429") == 0)
		gateway_refuse(rep, 429, "420", "Rate Limited", "Too many requests.");
	else
		sens_refuse(rep, 403, "Do not have access to this 'serviceId'");
}

const struct provider sens_provider = { .enter = enter, .fail = fail };

bool
sens_is_phone(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	return len >= 8 && len < SENS_PHONE_SIZE && strspn(text, "0123456789") == len;
}

bool
sens_service_known(const struct request *rq, const char *service, struct reply *rep)
{
	if (strcmp(rq->arg[0], service) == 0)
		return true;
	sens_refuse(rep, 403, "Do not have access to this 'serviceId'");
	return false;
}
