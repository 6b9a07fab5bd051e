/* What stands outside the databases: the provider's own account of the payments, and a file of acknowledged ids. */
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

#include "common/core/buf.h"
#include "deploy/check/check.h"

enum { ANSWER_MS = 30000 };
#define ANSWER_BYTES  ((size_t)256 << 20)

static size_t
take(char *bytes, size_t one, size_t n, void *arg)
{
	buf_put(arg, bytes, one * n);
	return one * n;
}

static json_t *
fetch(const char *url)
{
	struct buf body = buf_heap(ANSWER_BYTES);
	CURL *curl = curl_easy_init();
	json_error_t wrong;
	json_t *state;
	CURLcode how;

	SURE(curl != NULL);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	how = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	if (how != CURLE_OK || body.overflow)
		give_up("%s: %s", url, body.overflow ? "too long an answer" : curl_easy_strerror(how));
	state = json_loadb(body.at, body.len, 0, &wrong);
	if (state == NULL)
		give_up("%s: %s", url, wrong.text);
	buf_free(&body);
	return state;
}

/* A capture of a part, or of more than was agreed, has no value that ours could have. */
static const char *
net_of(struct arena *mem, const json_t *payment)
{
	json_int_t captured = json_integer_value(json_object_get(payment, "captured"));
	json_int_t amount = json_integer_value(json_object_get(payment, "amount"));
	json_int_t cancelled = json_integer_value(json_object_get(payment, "cancelled"));

	return captured == amount ? arena_printf(mem, "%lld", (long long)(captured - cancelled))
	    : arena_printf(mem, "%lld of %lld", (long long)captured, (long long)amount);
}

void
provider_read(struct arena *mem, const char *url, struct rows *to)
{
	json_t *state = fetch(arena_printf(mem, "%s/sandbox/state.json", url)), *payment;
	size_t i;

	json_array_foreach(json_object_get(state, "toss"), i, payment) {
		const char *order = json_string_value(json_object_get(payment, "orderId"));

		if (order == NULL)
			give_up("%s: a payment without its order", url);
		if (json_integer_value(json_object_get(payment, "captured")) != 0)
			rows_add(mem, to, (struct row){ arena_printf(mem, "%s", order), net_of(mem, payment), "captured" });
	}
	json_decref(state);
}

void
acked_read(struct arena *mem, const char *path, struct rows *to)
{
	FILE *f = fopen(path, "r");
	char line[256];

	if (f == NULL)
		give_up("cannot read %s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0')
			rows_add(mem, to, (struct row){ arena_printf(mem, "%s", line), NULL, "acknowledged" });
	}
	fclose(f);
}
