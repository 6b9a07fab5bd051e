/* Behind the table of a config.def; see members.h. */
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
#undef CONFIG_OF
