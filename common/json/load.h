/* From bytes to a jansson tree, for the files of this room only. */
#ifndef JSON_LOAD_H
#define JSON_LOAD_H
#include <jansson.h>

#include "common/core/base.h"

/* The tree, which the caller gives back by json_decref(), or NULL: then *why is a sentence without
 * a word of the document, and *line says where (0: unknown). Depth and number of values are bounded
 * before anything is allocated. */
json_t     *json_load_bounded(struct text json, const char **why, int *line);
#endif
