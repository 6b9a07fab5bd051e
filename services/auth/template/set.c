/* Command: what the members under a permission template may do. */
#include "services/auth/template/set.h"
#include <stdio.h>
#include <string.h>
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/template/set.sql.h"
#include "services/auth/session/state.h"

struct setting {
	struct text        code, name;
	uint64_t           before, after;
	struct session_ids sessions;
};

static const struct err *
set(struct req *rq, void *arg)
{
	struct sql_template_users_lock_row *rows;
	struct sql_template_lock_row row;
	struct setting *s = arg;
	struct uuid *users;
	bool found;
	size_t n;

	TRY(sql_template_lock(rq, s->code, s->name, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "template.not_found", "this company has no template of that name");
	s->before = (uint64_t)row.flags;
	TRY(sql_template_users_lock(rq, row.template_id, &rows, &n));
	users = NEWS(rq->mem, struct uuid, n);
	for (size_t i = 0; i < n; i++)
		users[i] = rows[i].user_id;
	TRY(sql_template_set(rq, row.template_id, (int64_t)s->after));
	return sessions_changed(rq, users, n, &s->sessions);
}

static const struct err *
read_flags(struct req *rq, struct text list, uint64_t *flags)
{
	*flags = 0;
	while (list.len > 0) {
		struct text word = text_cut(&list, ',');
		int bit = 0;

		while (bit < PERMISSION_COUNT && !text_is(word, permission_words[bit]))
			bit++;
		if (bit == PERMISSION_COUNT)
			return FAIL(rq, INVALID, "command.flag", "there is no permission %.*s", TEXT_ARG(word));
		*flags |= UINT64_C(1) << bit;
	}
	return NULL;
}

static void
print_flags(const char *when, uint64_t flags)
{
	const char *between = "";

	(void)printf("%-8s ", when);
	for (int bit = 0; bit < PERMISSION_COUNT; bit++) {
		if ((flags >> bit & 1) == 0)
			continue;
		(void)printf("%s%s", between, permission_words[bit]);
		between = ",";
	}
	(void)printf("\n");
}

const struct err *
command_template(struct req *rq, int argc, char **argv)
{
	struct setting s = { 0 };

	if (argc != 5 || strcmp(argv[1], "set") != 0)
		return FAIL(rq, INVALID, "command.usage", "template set <company code> <template name> <flag,flag…>");
	s.code = text_of(argv[2]);
	s.name = text_of(argv[3]);
	TRY(read_flags(rq, text_of(argv[4]), &s.after));
	TRY(db_tx(rq, TX_WRITE, set, &s));
	FAULT_POINT("template.set");
	print_flags("before", s.before);
	print_flags("after", s.after);
	(void)printf("sessions %zu\n", s.sessions.n);
	return sessions_copy(rq, &s.sessions);
}
