/* What the rows of a config.def become behind "enum { X_KEYS = 0": how many they are. See members.h. */
#define CONFIG_TEXT(...) +1
#define CONFIG_INT(...)  +1
#define CONFIG_BOOL(...) +1
