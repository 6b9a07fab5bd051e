/* Log-in: nothing told to strangers, bounded hashing, and who the tokens say one is. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/jwt.h"
#include "common/token/password.h"
#include "gen/proto/auth/auth_events.gen.h"
#include "services/auth/session/signing.h"
#include "tests/integration/auth/world.h"

TestSuite(login, .init = world_open, .fini = world_close, .timeout = 120);
/* Those that open the world themselves, under other settings. */
TestSuite(login_under, .fini = world_close, .timeout = 120);

static uint64_t
hashes(void)
{
	return passwords_hashed(world_auth()->passwords);
}

/* The body without what differs from call to call. */
static const char *
body_less_id(const struct kit_reply *r)
{
	const char *id = strstr(r->body, "\"requestId\"");

	return kit_print("%.*s", (int)(id - r->body), r->body);
}

Test(login, an_unknown_phone_and_a_wrong_password_cannot_be_told_apart)
{
	struct kit_reply wrong, unknown;
	uint64_t before, middle;

	(void)join(1);
	before = hashes();
	wrong = login_as(phone_number(1), "Wooden_Desk_2!");
	middle = hashes();
	unknown = login_as(phone_number(2), "Wooden_Desk_2!");
	cr_assert_eq(wrong.status, 401);
	cr_assert_eq(unknown.status, 401);
	cr_assert_str_eq(body_less_id(&wrong), body_less_id(&unknown));
	cr_assert_eq(middle - before, 1);
	cr_assert_eq(hashes() - middle, 1, "the same work for nobody");
	cr_assert_str_eq(kit_sql(k, "SELECT count(*) FROM session"), "0");
}

Test(login, a_user_who_is_gone_is_unknown)
{
	(void)join(1);
	(void)kit_sql(k, "UPDATE users SET deleted_at = created_at");
	cr_assert_str_eq(login_as(phone_number(1), PASSWORD).slug, "login.refused");
}

struct verifying { struct text token; struct access_token read; };

static const struct err *
verify(struct req *rq, void *arg)
{
	struct verifying *v = arg;
	struct jwt_keys *keys = jwt_keys_open(world_auth()->config->jwt_issuer, world_auth()->config->jwt_audience);
	const struct err *e = jwt_keys_load(rq, keys, signing_jwks(rq, world_auth()->signing));

	if (e == NULL)
		e = jwt_verify(rq, keys, v->token, &v->read);
	jwt_keys_close(&keys);
	return e;
}

Test(login, the_access_token_says_who_and_redis_knows_the_session_before_the_answer)
{
	struct person p = join(1);
	struct login l = log_in(1);
	struct verifying v = { .token = text_of(l.access) };
	struct gate_answer g = gate(&l);

	cr_assert_null(kit_part(k, TX_NONE, verify, &v));
	cr_assert(v.read.who == WHO_STAFF && uuid_eq(v.read.user, p.user) && uuid_eq(v.read.company, p.company));
	cr_assert(uuid_eq(v.read.session, l.session) && v.read.expires_us - v.read.issued_us == INT64_C(600000000));
	cr_assert(g.session.state == SESSION_ALIVE && g.session.who == WHO_STAFF && !g.blacklisted);
	cr_assert(uuid_eq(g.session.user, p.user) && uuid_eq(g.session.company, p.company));
	cr_assert_eq(g.session.permissions, (UINT64_C(1) << 37) - 1);
}

Test(login, no_table_holds_a_refresh_token)
{
	struct login l;

	(void)join(1);
	l = log_in(1);
	cr_assert_eq(strlen(l.refresh), 43);
	cr_assert_not(database_holds(l.refresh));
	cr_assert_not(database_holds(l.access));
}

Test(login, any_spelling_of_the_phone_will_do)
{
	(void)join(1);
	cr_assert_eq(login_as("+82 10-1000-0001", PASSWORD).status, 200);
	cr_assert_eq(login_as("010 1000 0001", PASSWORD).status, 200);
}

static const struct err *
raise_cost(struct req *rq, void *arg)
{
	return passwords_open(rq, arg, (struct password_cost){ .memory_kib = 128, .passes = 2, .lanes = 1 }, 2, 8);
}

Test(login, a_password_is_hashed_anew_when_the_cost_has_changed)
{
	const char *old, *new;
	uint64_t before;

	(void)join(1);
	old = kit_sql(k, "SELECT password_phc FROM users");
	passwords_close(&world_auth()->passwords);
	cr_assert_null(kit_part(k, TX_NONE, raise_cost, &world_auth()->passwords));
	cr_assert_eq(login_as(phone_number(1), "Wooden_Desk_2!").status, 401);
	cr_assert_str_eq(kit_sql(k, "SELECT password_phc FROM users"), old, "not for a wrong one");
	(void)log_in(1);
	new = kit_sql(k, "SELECT password_phc FROM users");
	cr_assert(strncmp(new, "$argon2id$v=19$m=128,t=2,p=1$", 29) == 0, "%s", new);
	before = hashes();
	(void)log_in(1);
	cr_assert_eq(hashes() - before, 1, "once");
	cr_assert_str_eq(kit_sql(k, "SELECT password_phc FROM users"), new);
}

static struct kit_reply
log_in_wrongly(const char *phone)
{
	return login_as(phone, "Wooden_Desk_2!");
}

Test(login_under, a_flood_is_turned_away_at_the_slots_and_told_when_to_come_back)
{
	struct kit_reply replies[16];

	setenv("DURE_ARGON2_MEMORY_KIB", "65536", 1);
	setenv("DURE_PASSWORD_SLOTS", "1", 1);
	setenv("DURE_LOGIN_TRIES", "100", 1);
	world_open_with("DURE_PASSWORD_WAITING", "1");
	at_once(16, replies, log_in_wrongly, phone_number(1));
	cr_assert_geq(count_status(replies, 16, 401), 2, "one in the slot and one waiting");
	cr_assert_geq(count_status(replies, 16, 503), 1);
	cr_assert_eq(count_status(replies, 16, 401) + count_status(replies, 16, 503), 16);
	for (int i = 0; i < 16; i++)
		cr_assert(replies[i].status != 503 || atoi(kit_header(&replies[i], "Retry-After")) > 0);
	cr_assert_leq(passwords_hashed(world_auth()->passwords), (uint64_t)count_status(replies, 16, 401));
}

Test(login, without_redis_nobody_comes_in_and_everybody_does_again_with_it)
{
	struct kit_reply r;

	(void)join(1);
	redis_is_down();
	r = login_as(phone_number(1), PASSWORD);
	cr_assert_eq(r.status, 503);
	cr_assert_gt(atoi(kit_header(&r, "Retry-After")), 0);
	redis_is_back();
	(void)log_in(1);
}

Test(login, the_browsers_name_is_kept_short_and_whole)
{
	char agent[400] = "User-Agent: ";
	struct kit_reply r;

	(void)join(1);
	for (int i = 0; i < 100; i++)
		(void)strcat(agent, "가");
	r = kit_call(k, "POST /api/login", kit_print("{\"phone\":\"%s\",\"password\":\"" PASSWORD "\"}", phone_number(1)), agent);
	cr_assert_eq(r.status, 200);
	cr_assert_str_eq(kit_sql(k, "SELECT octet_length(agent), client_ip FROM session"), "198|127.0.0.1");
	r = kit_call(k, "POST /api/login", kit_print("{\"phone\":\"%s\",\"password\":\"" PASSWORD "\"}", phone_number(1)),
	    "User-Agent: \xff\xfe");
	cr_assert_eq(r.status, 200);
}
