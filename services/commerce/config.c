/* commerce's configuration table. */
#include "services/commerce/commerce.h"

struct commerce_config commerce_config_values;

const struct config_key commerce_config_keys[COMMERCE_CONFIG_KEYS] = {
#define CONFIG_OF struct commerce_config
#include "common/config/rows.h"
#include "services/commerce/config.def"
#include "common/config/end.h"
};
