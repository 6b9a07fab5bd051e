/* GET /api/me: the caller, the current company, the effective permissions. */
#include "common/core/id.h"
#include "common/core/text.h"
#include "gen/proto/auth/auth.gen.h"
#include "gen/proto/permissions.gen.h"
#include "gen/services/auth/user/me.sql.h"

/* A leaf is effective only while its group switch is on. */
static bool
effective(uint64_t flags, int bit)
{
	int group = permission_group[bit];

	return (flags >> bit & 1) != 0 && (group < 0 || (flags >> group & 1) != 0);
}

static void
list_permissions(struct req *rq, uint64_t flags, struct me *out)
{
	out->permissions = NEWS(rq->mem, struct text, PERMISSION_COUNT);
	for (int bit = 0; bit < PERMISSION_COUNT; bit++)
		if (effective(flags, bit))
			out->permissions[out->n_permissions++] = text_of(permission_words[bit]);
}

const struct err *
me_read(struct req *rq, struct me *out)
{
	struct sql_me_find_row row;
	bool found;

	TRY(sql_me_find(rq, rq->user, &row, &found));
	if (!found)
		return FAIL(rq, NOT_FOUND, "user.not_found", "this user is gone");
	*out = (struct me){ .user_id = rq->user, .token_type = rq->who == WHO_OPERATOR ? TEXT("operator") : TEXT("staff"),
		.name = row.name, .phone = row.phone, .email = row.email, .has_company = !uuid_is_nil(row.company_id) };
	if (out->has_company)
		out->company = (struct my_company){ .company_id = row.company_id, .name = row.company_name,
			.subdomain = row.subdomain, .placeholder = row.placeholder, .owner = row.owner };
	list_permissions(rq, row.has_flags ? (uint64_t)row.flags : 0, out);
	return NULL;
}
