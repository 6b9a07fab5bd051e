/* How a key is called in the environment, for the reader and for the documentation of it. */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H
#include "common/config/config.h"

enum { CONFIG_NAME_BYTES = 96 };

/* DURE_<NAME> */
void        config_variable(const struct config_key *key, char out[CONFIG_NAME_BYTES]);
/* DURE_<NAME>_FILE; false when the key has no file form: not a text, or the table declares
 * "x_file". */
bool        config_file_name(const struct config_key *keys, size_t n_keys,
    const struct config_key *key,    char out[CONFIG_NAME_BYTES]);
#endif
