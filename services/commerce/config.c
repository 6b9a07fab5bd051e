/* commerce's configuration table. */
#include "services/commerce/commerce.h"

struct commerce_config commerce_config_values;

const struct config_key commerce_config_keys[COMMERCE_CONFIG_KEYS] = {
#define CONFIG_TEXT(...) CONFIG_ROW_TEXT(struct commerce_config, __VA_ARGS__)
#define CONFIG_INT(...)  CONFIG_ROW_INT(struct commerce_config, __VA_ARGS__)
#define CONFIG_BOOL(...) CONFIG_ROW_BOOL(struct commerce_config, __VA_ARGS__)
#include "services/commerce/config.def"
#undef CONFIG_TEXT
#undef CONFIG_INT
#undef CONFIG_BOOL
};
