/* What the rows of a config.def become in a struct: members. Stands in front of the table, end.h behind it, and both as
 * often as a file needs them. */
#define CONFIG_TEXT(name, ...) const char *name;
#define CONFIG_INT(name, ...)  int64_t name;
#define CONFIG_BOOL(name, ...) bool name;
