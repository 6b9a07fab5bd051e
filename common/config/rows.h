/* What the rows of a config.def become in an array of struct config_key; CONFIG_OF is the struct whose members they are.
 * See members.h. */
#define CONFIG_TEXT(n, def, fl, doc) { #n, CONFIG_KIND_TEXT, def, 0, 0, 0, fl, doc, offsetof(CONFIG_OF, n) },
#define CONFIG_INT(n, def, lo, hi, fl, doc) { #n, CONFIG_KIND_INT, NULL, def, lo, hi, fl, doc, offsetof(CONFIG_OF, n) },
#define CONFIG_BOOL(n, def, fl, doc) { #n, CONFIG_KIND_BOOL, NULL, def, 0, 1, fl, doc, offsetof(CONFIG_OF, n) },
