/* Commands that make people. */
#include "services/auth/command/people.h"
#include <stdio.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/token/password.h"
#include "services/auth/auth.h"
#include "services/auth/user/create.h"
#include "services/auth/password/rule.h"

enum { PASSWORD_LINE = 128 };

struct person { struct new_user user; struct uuid user_id, company_id; };

static const struct err *
make_operator(struct req *rq, void *arg)
{
	struct person *p = arg;

	return operator_create(rq, &p->user, &p->user_id);
}

static const struct err *
make_user(struct req *rq, void *arg)
{
	struct person *p = arg;

	return user_create(rq, &p->user, &p->user_id, &p->company_id);
}

static const struct err *
read_password(struct req *rq, struct text *phc)
{
	struct err_fields fs = { .rq = rq };
	char line[PASSWORD_LINE];

	if (fgets(line, sizeof(line), stdin) == NULL)
		return FAIL(rq, INVALID, "command.password", "give the password on standard input");
	line[strcspn(line, "\r\n")] = '\0';
	password_rule(&fs, "/password", text_of(line));
	TRY(err_fields_done(&fs));
	TRY(password_hash(rq, auth_of(rq)->passwords, text_of(line), phc));
	explicit_bzero(line, sizeof(line));
	return NULL;
}

static const struct err *
add(struct req *rq, int argc, char **argv, db_part *make)
{
	struct person p = { 0 };
	char id[UUID_CHARS + 1];

	if (argc != 5 || strcmp(argv[1], "add") != 0)
		return FAIL(rq, INVALID, "command.usage", "add <phone> <email> <name>, the password on standard input");
	if (!text_phone(rq->mem, text_of(argv[2]), &p.user.phone))
		return FAIL(rq, INVALID, "command.phone", "%s is not a Korean mobile number", argv[2]);
	p.user.email = text_of(argv[3]);
	p.user.name = text_of(argv[4]);
	if (!text_is_utf8(p.user.name) || !text_is_utf8(p.user.email) || p.user.email.len > 100 || p.user.name.len > 150)
		return FAIL(rq, INVALID, "command.text", "name and e-mail are short UTF-8 texts");
	TRY(read_password(rq, &p.user.password_phc));
	TRY(db_tx(rq, TX_WRITE, make, &p));
	uuid_print(p.user_id, id);
	(void)printf("%s\n", id);
	return NULL;
}

const struct err *
command_operator(struct req *rq, int argc, char **argv)
{
	return add(rq, argc, argv, make_operator);
}

const struct err *
command_user(struct req *rq, int argc, char **argv)
{
	return add(rq, argc, argv, make_user);
}
