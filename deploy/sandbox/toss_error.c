/* Toss's errors, grown from the table in toss_errors.def. */
#include "deploy/sandbox/toss.h"

#include <string.h>

static const struct toss_error errors[] = {
#define TOSS_ERROR(code, status, ko, en) {#code, status, ko, en},
#include "deploy/sandbox/toss_errors.def"
#undef TOSS_ERROR
};

const struct toss_error *
toss_error(const char *code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].code, code) == 0)
			return &errors[i];
	return NULL;
}

void
toss_refuse(struct reply *rep, const char *code)
{
	const struct toss_error *e = toss_error(code);

	if (e == NULL)
		e = &errors[0];
	reply_json(rep, e->status,
	    json_pack("{s:s, s:s}", "code", e->code, "message", rep->english ? e->en : e->ko));
}
