/* Making a user with all that belongs to one. */
#include "services/auth/user/create.h"
#include "common/audit/audit.h"
#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/outbox/outbox.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/user/create.sql.h"
#include "services/auth/auth.h"

/* Six digits are what a placeholder has always had; the longer ones are tried when those are taken. */
enum { COMPANY_CODE_LETTERS = 11, PLACEHOLDER_DIGITS = 6, LONGER_DIGITS = 10, SUBDOMAIN_TRIES = 8 };

static struct text
random_word(struct req *rq, const char *letters, uint32_t n_letters, size_t len)
{
	char *word = arena_zero(rq->mem, len + 1, 1);

	for (size_t i = 0; i < len; i++)
		word[i] = letters[random_below(n_letters)];
	return (struct text){ word, len };
}

/* A unique index that somebody else's row stands in becomes the refusal the caller understands. */
static const struct err *
taken(struct req *rq, const struct err *e)
{
	if (e == NULL)
		return NULL;
	if (text_is(text_of(e->slug), "unique.users_phone"))
		return FAIL(rq, CONFLICT, "signup.phone_taken", "this phone belongs to a user already; log in instead");
	if (text_is(text_of(e->slug), "unique.users_email"))
		return FAIL(rq, CONFLICT, "signup.email_taken", "this e-mail belongs to a user already");
	return e;
}

static const struct err *
insert_user(struct req *rq, const char *kind, const struct new_user *user, struct uuid id)
{
	return sql_user_create(rq, &(struct sql_user_create_in){ .user_id = id, .kind = text_of(kind),
		.phone = user->phone, .email = user->email, .name = user->name, .password_phc = user->password_phc,
		.use_agree = true, .private_agree = true, .marketing_agree = user->marketing_agree,
		.now = rq->now_us });
}

/* The quota month starts anew on the day of creation: one month on, in Seoul. */
static int64_t
first_reset_us(const struct req *rq)
{
	return day_start_us(day_add_months(day_in_seoul(rq->now_us), 1));
}

static const struct err *
insert_company(struct req *rq, struct uuid user_id, struct uuid company_id)
{
	static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct text subdomains[SUBDOMAIN_TRIES];
	int64_t rows;

	for (size_t i = 0; i < SUBDOMAIN_TRIES; i++)
		subdomains[i] = random_word(rq, base36, 10, i < SUBDOMAIN_TRIES / 2 ? PLACEHOLDER_DIGITS : LONGER_DIGITS);
	return sql_company_create(rq, &(struct sql_company_create_in){ .company_id = company_id,
		.code = random_word(rq, base36, 36, COMPANY_CODE_LETTERS),
		.subdomains = subdomains, .n_subdomains = SUBDOMAIN_TRIES, .owner_id = user_id,
		.now = rq->now_us, .reset_at = first_reset_us(rq), .owner_template = uuid_new(),
		.owner_flags = (int64_t)PERMISSIONS_OWNER, .member_template = uuid_new(),
		.member_flags = (int64_t)PERMISSIONS_MEMBER }, &rows);
}

const struct err *
user_create(struct req *rq, const struct new_user *user, struct uuid *user_id, struct uuid *company_id)
{
	*user_id = uuid_new();
	*company_id = uuid_new();
	TRY(insert_user(rq, "staff", user, *user_id));
	TRY(taken(rq, insert_company(rq, *user_id, *company_id)));
	rq->company = *company_id;
	TRY(audit_put(rq, &(struct audit){ .action = "membership.added", .subject = *user_id,
		.is = AUDIT_OF(kv_s("state", "member"), kv_s("template", "소유주")) }));
	return outbox_put(rq, &user_joined_v1_event, *user_id, &(struct user_joined_v1){ .user_id = *user_id,
		.company_id = *company_id, .name = user->name, .phone = user->phone, .email = user->email,
		.joined_at = rq->now_us });
}

const struct err *
operator_create(struct req *rq, const struct new_user *user, struct uuid *user_id)
{
	*user_id = uuid_new();
	TRY(insert_user(rq, "operator", user, *user_id));
	TRY(audit_put(rq, &(struct audit){ .action = "operator.added", .subject = *user_id,
		.is = AUDIT_OF(kv_phone("phone", user->phone), kv_t("name", user->name)) }));
	return outbox_put(rq, &operator_added_v1_event, *user_id,
	    &(struct operator_added_v1){ .user_id = *user_id, .added_at = rq->now_us });
}
