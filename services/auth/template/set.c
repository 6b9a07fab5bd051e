/* Command: what the members under a permission template may do. */
#include "services/auth/template/set.h"
#include <stdio.h>
#include <string.h>
#include "common/audit/audit.h"
#include "common/core/buf.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/template/set.sql.h"
#include "services/auth/session/state.h"

/* All 37 of them are 600 bytes. */
enum { WORDS_BYTES = 1024 };

struct setting {
	struct text        code, name;
	uint64_t           before, after;
	struct session_ids sessions;
};

/* "customer_total,send_message" */
static struct text
flag_words(struct req *rq, uint64_t flags)
{
	struct buf words = buf_in(rq->mem, WORDS_BYTES);

	for (int bit = 0; bit < PERMISSION_COUNT; bit++)
		if ((flags >> bit & 1) != 0)
			buf_printf(&words, "%s%s", words.len > 0 ? "," : "", permission_words[bit]);
	return words.len > 0 ? buf_as_text(&words) : TEXT("");
}

static const struct err *
tell(struct req *rq, const struct setting *s, const struct sql_template_lock_row *row)
{
	return audit_put(rq, &(struct audit){ .action = "permission_template.changed", .subject = row->template_id,
		.company = row->company_id, .was = AUDIT_OF(kv_t("flags", flag_words(rq, s->before))),
		.is = AUDIT_OF(kv_t("flags", flag_words(rq, s->after))) });
}

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
	TRY(tell(rq, s, &row));
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
	(void)printf("before   %.*s\nafter    %.*s\nsessions %zu\n", TEXT_ARG(flag_words(rq, s.before)),
	    TEXT_ARG(flag_words(rq, s.after)), s.sessions.n);
	return sessions_copy(rq, &s.sessions);
}
