/* The configuration as a whole: read, complete, and in prod free of everything that is only for trying out. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/bus/bus.h"
#include "common/core/clock.h"
#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/otlp/otlp.h"
#include "common/svc/room.h"

struct checking { FILE *problems; int n; };

static void problem(struct checking *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
problem(struct checking *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(c->problems, fmt, ap);
	va_end(ap);
	(void)fputc('\n', c->problems);
	c->n++;
}

static bool
is_set(const char *value)
{
	return value != NULL && value[0] != '\0';
}

static void
need(struct checking *c, bool needed, const char *variable, const char *value)
{
	if (needed && !is_set(value))
		problem(c, "%s is missing", variable);
}

static void
need_ring(struct checking *c, const char *variable, const char *value, struct keyring *ring)
{
	if (is_set(value) && !keyring_parse(value, ring))
		problem(c, "%s is not kid:base64 with keys of 32 bytes, comma separated", variable);
}

static bool
is_stage(const char *s)
{
	return strcmp(s, "dev") == 0 || strcmp(s, "test") == 0 || strcmp(s, "prod") == 0;
}

static void
check_needs(struct checking *c)
{
	const struct svc *svc = process.svc;
	const struct config_common *v = &process.config;
	bool verifies = svc->take == NULL && svc->identify == NULL;
	struct bus_peers peers;
	enum log_level level;

	need(c, svc->n_migrations > 0, "DURE_DATABASE_URL", v->database_url);
	need(c, svc->needs_redis, "DURE_REDIS_URL", v->redis_url);
	need(c, svc->publishes, "DURE_BUS_LISTEN", v->bus_listen);
	need(c, svc->publishes, "DURE_BUS_ASK_LISTEN", v->bus_ask_listen);
	need(c, svc->n_listens > 0, "DURE_BUS_PEERS", v->bus_peers);
	need(c, verifies, "DURE_IDENTITY_KEYS", v->identity_keys);
	need(c, is_set(v->outside_listen) || is_set(v->outside_ask_listen), "DURE_OUTSIDE_AUTH_URL", v->outside_auth_url);
	need(c, is_set(v->outside_auth_url), "DURE_OUTSIDE_AUTH_PAIR_KEY", v->outside_auth_pair_key);
	need_ring(c, "DURE_IDENTITY_KEYS", v->identity_keys, &process.identity_ring);
	need_ring(c, "DURE_PAIR_KEYS", v->pair_keys, &process.pair_ring);
	if (is_set(v->otlp_endpoint) && !otlp_endpoint_is_good(v->otlp_endpoint))
		problem(c, "DURE_OTLP_ENDPOINT is not http:// or https://, host and port without user and query");
	if (is_set(v->otlp_headers) && !otlp_headers_are_good(v->otlp_headers))
		problem(c, "DURE_OTLP_HEADERS is not name=value, comma separated, at most %d", OTLP_HEADERS);
	if (is_set(v->bus_peers) && !bus_peers_parse(v->bus_peers, &peers))
		problem(c, "DURE_BUS_PEERS is not name=host:pubport:repport, comma separated");
	if (!is_stage(v->stage))
		problem(c, "DURE_STAGE must be dev, test or prod");
	if (!log_level_parse(v->log_level, &level))
		problem(c, "DURE_LOG_LEVEL must be debug, info, warn or error");
}

#ifdef DURE_TEST
static void
check_test_only(struct checking *c)
{
	(void)c;
}
#else
static void
check_test_only(struct checking *c)
{
	const struct config_common *v = &process.config;

	if (is_set(v->clock_offset_file) || is_set(v->faults) || is_set(v->faults_file))
		problem(c, "DURE_CLOCK_OFFSET_FILE, DURE_FAULTS and DURE_FAULTS_FILE work in test builds only");
}
#endif

/* A provider's address on this machine is the sandbox or a tunnel. */
static bool
is_loopback_url(const char *value)
{
	static const char *const hosts[] = { "127.", "localhost", "[::1]", "0.0.0.0" };
	const char *host = strstr(value, "://");

	if (host == NULL || strncasecmp(value, "http", 4) != 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		if (strncasecmp(host + 3, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static bool
is_only_for_trying(const char *value)
{
	static const char *const known[] = {
#define DEMO_VALUE(value) value,
#include "common/svc/demo.def"
#undef DEMO_VALUE
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(value, known[i]) == 0)
			return true;
	return strcasestr(value, "demo") != NULL || strcasestr(value, "sandbox") != NULL;
}

/* Where a provider answers it is sent keys: "toss_base_url", "s3_base_url". */
static bool
is_provider(const char *name)
{
	const char *end = strstr(name, "_base_url");

	return end != NULL && end[strlen("_base_url")] == '\0';
}

static void
check_prod_value(struct checking *c, const struct config_key *key, const char *value)
{
	if (is_only_for_trying(value))
		problem(c, "prod: %s is a demo or sandbox value", key->name);
	if ((key->flags & CONFIG_BESIDE) == 0 && is_loopback_url(value))
		problem(c, "prod: %s points to this machine", key->name);
	if (is_provider(key->name) && strncasecmp(value, "https://", 8) != 0)
		problem(c, "prod: %s is not https://", key->name);
}

static void
check_prod_key(struct checking *c, const struct config_key *key, const void *values, bool own)
{
	const char *value = NULL;

	if (key->kind != CONFIG_KIND_TEXT)
		return;
	memcpy(&value, (const char *)values + key->at, sizeof value);
	if (is_set(value))
		check_prod_value(c, key, value);
	else if ((key->flags & (CONFIG_SECRET | CONFIG_REQUIRED)) == CONFIG_SECRET && own && key->text == NULL)
		problem(c, "prod: the secret %s is missing", key->name);
}

/* Without keys nobody gets in there, and who asks would fail one call at a time. */
static bool
is_called_by_services(const struct svc *svc)
{
	for (size_t i = 0; i < svc->n_routes; i++)
		if ((svc->routes[i].who & WHO_SERVICE) != 0)
			return true;
	return false;
}

static void
check_prod(struct checking *c)
{
	const struct svc *svc = process.svc;

	if (is_called_by_services(svc) && !is_set(process.config.pair_keys))
		problem(c, "prod: the secret pair_keys is missing");
	for (size_t i = 0; i < config_common_n_keys; i++)
		check_prod_key(c, &config_common_keys[i], &process.config, false);
	for (size_t i = 0; i < svc->n_config; i++)
		check_prod_key(c, &svc->config[i], svc->config_values, true);
}

int
svc_configure(FILE *problems)
{
	const struct svc *svc = process.svc;
	const struct config_key *const tables[] = { config_common_keys, svc->config };
	const size_t n_keys[] = { config_common_n_keys, svc->n_config };
	struct checking c = { problems, 0 };

	c.n += config_read(config_common_keys, config_common_n_keys, &process.config, problems);
	c.n += config_read(svc->config, svc->n_config, svc->config_values, problems);
	c.n += config_unknown(tables, n_keys, COUNT_OF(tables), problems);
	bool prod = strcmp(process.config.stage, "prod") == 0;
	check_needs(&c);
	check_test_only(&c);
	if (prod)
		check_prod(&c);
	if (svc->check != NULL)
		c.n += svc->check(svc->config_values, prod, problems);
	fault_arm(process.config.faults, process.config.faults_file);
	clock_offset_file(process.config.clock_offset_file);
	return c.n;
}

/* What a command needs that does not serve: other variables may be missing or wrong. */
void
svc_configure_some(void)
{
	FILE *nowhere = fopen("/dev/null", "w");

	SURE(nowhere != NULL);
	(void)config_read(config_common_keys, config_common_n_keys, &process.config, nowhere);
	(void)fclose(nowhere);
}

/* A migration job is given the owner's URL and nothing else. */
const char *
svc_migrate_url(FILE *problems)
{
	svc_configure_some();
	if (is_set(process.config.migrate_database_url))
		return process.config.migrate_database_url;
	if (!is_set(process.config.database_url))
		(void)fprintf(problems, "DURE_MIGRATE_DATABASE_URL is missing\n");
	return process.config.database_url;
}
