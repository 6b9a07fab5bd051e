/* What was found, for people and for programs. */
#include <jansson.h>

#include "deploy/check/check.h"

static const char *const outcome_words[] = {
	[OK] = "ok", [FOUND] = "findings", [NOT_APPLICABLE] = "not applicable", [NOT_ASKED] = "not asked",
};

static size_t
shown(const struct options *o, const struct verdict *v)
{
	return v->findings.n < o->limit ? v->findings.n : o->limit;
}

static size_t
count_all(const struct verdict *verdicts)
{
	size_t all = 0;

	for (size_t i = 0; i < n_rules; i++)
		all += verdicts[i].findings.n;
	return all;
}

static void
tell(FILE *to, const struct options *o, const struct rule *rule, const struct verdict *v)
{
	fprintf(to, "%-18s %s: ", rule->name, rule->says);
	if (v->outcome == FOUND)
		fprintf(to, "%zu %s\n", v->findings.n, v->findings.n == 1 ? "finding" : "findings");
	else
		fprintf(to, "%s\n", outcome_words[v->outcome]);
	for (size_t i = 0; i < shown(o, v); i++) {
		const struct row *f = &v->findings.at[i];

		fprintf(to, "    %s  %s%s%s\n", f->key, f->what != NULL ? f->what : "", f->what != NULL ? ": " : "",
		    f->value != NULL ? f->value : "");
	}
	if (shown(o, v) < v->findings.n)
		fprintf(to, "    and %zu more\n", v->findings.n - shown(o, v));
}

static void
report_json(FILE *to, const struct options *o, const struct verdict *verdicts)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < n_rules; i++) {
		const struct verdict *v = &verdicts[i];
		json_t *examples = json_array();

		for (size_t n = 0; n < shown(o, v); n++)
			json_array_append_new(examples, json_pack("{s:s, s:s?, s:s?}", "id", v->findings.at[n].key,
			    "where", v->findings.at[n].what, "what", v->findings.at[n].value));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:o}", "name", rules[i].name,
		    "says", rules[i].says, "outcome", outcome_words[v->outcome],
		    "findings", (json_int_t)v->findings.n, "examples", examples));
	}
	all = json_pack("{s:I, s:o}", "findings", (json_int_t)count_all(verdicts), "rules", list);
	if (all == NULL || json_dumpf(all, to, JSON_COMPACT) != 0)
		give_up("the report cannot be written");
	json_decref(all);
	fputc('\n', to);
}

void
report(FILE *to, const struct options *o, const struct verdict *verdicts)
{
	size_t all = count_all(verdicts);

	if (o->json) {
		report_json(to, o, verdicts);
		return;
	}
	for (size_t i = 0; i < n_rules; i++)
		tell(to, o, &rules[i], &verdicts[i]);
	if (all == 0)
		fputs("It adds up.\n", to);
	else
		fprintf(to, "It does not add up: %zu %s.\n", all, all == 1 ? "finding" : "findings");
}
