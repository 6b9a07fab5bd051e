/* Reads what the sandbox sent: the phone of the test. */
#include "tests/kit/suite.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_MIN = 4, CODE_MAX = 8, ARRIVES_MS = 10000, MANY = 10000 };

static const char *
list(struct suite *s, const char *to, int64_t after)
{
	struct kit_reply r = kit_http(s, "GET", kit_print("%s/sandbox/inbox.json?to=%s&after=%lld&limit=%d",
	    suite_url(s, "sandbox"), to, (long long)after, MANY), NULL);

	if (r.status != 200)
		kit_fail("the sandbox's inbox answered %d: %s", r.status, r.body);
	return r.body;
}

/* The first run of 4 to 8 digits. */
static const char *
code_in(const char *content)
{
	while (content != NULL && *content != '\0') {
		size_t n = strspn(content, "0123456789");

		if (n >= CODE_MIN && n <= CODE_MAX)
			return kit_keep(content, n);
		content += n > 0 ? n : 1;
	}
	return NULL;
}

static struct suite_phone *
find_phone(struct suite *s, const char *number)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct suite_phone *p;

	pthread_mutex_lock(&lock);
	for (p = s->phones; p != NULL && strcmp(p->number, number) != 0; p = p->next)
		;
	if (p == NULL) {
		p = kit_last_zero(sizeof(*p));
		p->number = kit_last(number);
		p->next = s->phones;
		s->phones = p;
	}
	pthread_mutex_unlock(&lock);
	return p;
}

static const char *
next_code(struct suite *s, struct suite_phone *phone)
{
	const char *all = list(s, phone->number, phone->after), *code = NULL;
	size_t n = kit_json_length(all, "items");

	for (size_t i = 0; i < n && code == NULL; i++) {
		code = code_in(kit_json_text(all, kit_print("items.%zu.content", i)));
		if (code != NULL)
			phone->after = kit_json_i64(all, kit_print("items.%zu.seq", i));
	}
	return code;
}

const char *
kit_inbox_code(struct suite *s, const char *phone)
{
	struct suite_phone *from = find_phone(s, phone);
	const char *code = NULL;

	kit_until(ARRIVES_MS, (code = next_code(s, from)) != NULL);
	return code;
}

size_t
kit_inbox_count(struct suite *s, const char *to)
{
	return kit_json_length(list(s, to, 0), "items");
}
