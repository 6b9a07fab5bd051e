/* Configuration from environment variables, declared in tables.
 *
 * Each service has one config.def beside its main.c; what all services share stands in
 * common/config/common.def. A row is one of
 *     CONFIG_TEXT(name, default or NULL, flags, "what it is for")
 *     CONFIG_INT(name, default, min, max, flags, "what it is for, with its unit")
 *     CONFIG_BOOL(name, default, flags, "what it is for")
 * and grows a member of the service's config struct, the variable DURE_<NAME>, the line of --help
 * and the row of the README's table. For each text there is also DURE_<NAME>_FILE: the value is the
 * file's content without a last newline. Both set is an error. (Where the table itself declares
 * "x_file" beside "x", DURE_X_FILE is that key, and x has no file form.) An empty variable counts
 * as not set. members.h, count.h and rows.h make the struct's members, their number and the keys out of a table. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H
#include <stdio.h>
#include "common/core/base.h"

enum { CONFIG_FILE_MAX = 65536 };      /* a key file or a certificate chain; larger is a mistake */

enum config_kind { CONFIG_KIND_TEXT, CONFIG_KIND_INT, CONFIG_KIND_BOOL };
/* CONFIG_BESIDE: in prod, too, it may point to this machine (an agent in the same pod). */
enum { CONFIG_REQUIRED = 1, CONFIG_SECRET = 2, CONFIG_BESIDE = 4 };

struct config_key {
	const char      *name;        /* "database_url" */
	enum config_kind kind;
	const char      *text;        /* default of a text; NULL: none */
	int64_t          number, min, max;
	unsigned         flags;
	const char      *what;
	size_t           at;          /* offset in the config: const char *, int64_t or bool */
};

struct config_common {
#include "common/config/members.h"
#include "common/config/common.def"
#include "common/config/end.h"
};
extern const struct config_key config_common_keys[];
extern const size_t config_common_n_keys;

/* Reads every key into the struct at `into`; texts live as long as the process. Each problem is one
 * line on `problems`, which never quotes a secret; returns how many there were. What has a problem
 * keeps its default. A number out of its bounds, or a text that is missing, is a problem.
 *
 * Call it once per table, before the first thread: a secret given by a plain variable is
 * overwritten in place and taken out of the environment, so that neither /proc/<pid>/environ nor a
 * child process shows it, and a second call would not find it any more. */
int  config_read(const struct config_key *keys, size_t n_keys, void *into, FILE *problems);
/* Problems for variables starting with DURE_ that none of the tables declares. */
int  config_unknown(const struct config_key *const tables[], const size_t n_keys[], size_t n_tables,
    FILE *problems);
/* --help: one line per variable; secrets show no default. */
void config_help(const struct config_key *keys, size_t n_keys, FILE *out);
/* The README's table in Markdown. */
void config_markdown(const struct config_key *keys, size_t n_keys, FILE *out);
#endif
