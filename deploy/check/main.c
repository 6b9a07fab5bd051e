/* dure-check: reads what all services and the provider have written down and prints what does not add up. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/clock.h"
#include "deploy/check/check.h"

/* Rows of a pass: ids and sums of a whole suite. */
#define PASS_BYTES  ((size_t)8 << 30)

enum { AGAIN_MS = 100 };

static const char usage[] =
    "usage: dure-check [option…]\n"
    "  --json               one JSON document instead of lines\n"
    "  --acked FILE         ids of orders that were acknowledged, one a line\n"
    "  --now TIME           business time, RFC 3339 (the machine's clock)\n"
    "  --older-than SECONDS how long a payment may be undecided (3600)\n"
    "  --wait SECONDS       how long what is on its way between services may take (10)\n"
    "  --limit N            findings shown per rule (10)\n"
    "  --version, --help\n"
    "Reads DURE_CHECK_<SERVICE>_DATABASE_URL (or …_URL_FILE) for auth, billing, messaging, commerce and notification, and\n"
    "DURE_CHECK_SANDBOX_URL for the provider; without the last the provider is not asked.\n"
    "Exits 0 when all adds up, 1 when not, 2 when it could not be found out.\n";

void
give_up(const char *fmt, ...)
{
	va_list args;

	fputs("dure-check: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static long
number(const char *text, const char *what)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < 0 || n > 1000000000)
		give_up("%s wants a number of at least 0", what);
	return n;
}

static const char *
time_option(const char *text)
{
	int64_t us;

	if (!time_parse((struct text){ text, strlen(text) }, &us))
		give_up("--now wants a time like 2026-01-31T12:34:56Z");
	return text;
}

static void
take_option(struct options *o, int which)
{
	switch (which) {
	case 'j': o->json = true; return;
	case 'a': o->acked = optarg; return;
	case 'n': o->now = time_option(optarg); return;
	case 'o': o->older_than_s = number(optarg, "--older-than"); return;
	case 'w': o->wait_s = number(optarg, "--wait"); return;
	case 'l': o->limit = (size_t)number(optarg, "--limit"); return;
	case 'v': printf("dure-check %s (%s)\n", DURE_VERSION, DURE_COMMIT); exit(0);
	case 'h': fputs(usage, stdout); exit(0);
	default:  fputs(usage, stderr); exit(2);
	}
}

static struct options
read_options(int argc, char *argv[])
{
	static const struct option names[] = {
		{ "json", no_argument, NULL, 'j' }, { "acked", required_argument, NULL, 'a' },
		{ "now", required_argument, NULL, 'n' }, { "older-than", required_argument, NULL, 'o' },
		{ "wait", required_argument, NULL, 'w' }, { "limit", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct options o = { .older_than_s = 3600, .wait_s = 10, .limit = 10 };
	const char *sandbox = getenv("DURE_CHECK_SANDBOX_URL");
	int which;

	o.sandbox_url = sandbox != NULL && *sandbox != '\0' ? sandbox : NULL;
	while ((which = getopt_long(argc, argv, "", names, NULL)) != -1)
		take_option(&o, which);
	if (optind < argc)
		take_option(&o, '?');
	return o;
}

static void
read_side(struct arena *mem, const struct options *o, int sources, const char *file, struct rows *to)
{
	if (sources == PROVIDER)
		provider_read(mem, o->sandbox_url, to);
	else if (sources == ACKED)
		acked_read(mem, o->acked, to);
	else
		books_read(mem, sources, file, to);
}

static bool
is_asked(const struct options *o, const struct rule *r)
{
	int sources = r->from | r->to;

	return ((sources & PROVIDER) == 0 || o->sandbox_url != NULL) && ((sources & ACKED) == 0 || o->acked != NULL);
}

static struct verdict
judge(struct arena *mem, const struct options *o, const struct rule *r)
{
	struct verdict v = { .outcome = NOT_APPLICABLE };
	struct rows left = { 0 }, right = { 0 };

	if (r->mode == ABSENT)
		return v;
	v.outcome = NOT_ASKED;
	if (!is_asked(o, r))
		return v;
	read_side(mem, o, r->from, r->left, r->mode == FINDINGS ? &v.findings : &left);
	if (r->mode != FINDINGS) {
		read_side(mem, o, r->to, r->right, &right);
		compare(mem, r->mode, &left, &right, &v.findings);
	}
	v.outcome = v.findings.n > 0 ? FOUND : OK;
	return v;
}

/* One pass: true when nothing was found. */
static bool
judge_all(struct arena *mem, const struct options *o, struct verdict *verdicts)
{
	bool clean = true;

	books_begin();
	for (size_t i = 0; i < n_rules; i++) {
		verdicts[i] = judge(mem, o, &rules[i]);
		clean = clean && verdicts[i].outcome != FOUND;
	}
	books_end();
	return clean;
}

/* While the suite works some of it is always on its way: what is found must still be there when it has had its time. */
int
main(int argc, char *argv[])
{
	struct options o = read_options(argc, argv);
	struct arena *opening = arena_open(1 << 20), *mem = arena_open(PASS_BYTES);
	struct verdict *verdicts = NEWS(opening, struct verdict, n_rules);
	int64_t until = clock_mono_us() + (int64_t)o.wait_s * 1000000;
	bool clean;

	books_open(&o, opening);
	while (!(clean = judge_all(mem, &o, verdicts)) && clock_mono_us() < until) {
		nanosleep(&(struct timespec){ .tv_nsec = AGAIN_MS * 1000000L }, NULL);
		arena_reset(mem);
	}
	report(stdout, &o, verdicts);
	books_close();
	arena_close(&mem);
	arena_close(&opening);
	return clean ? 0 : 1;
}
