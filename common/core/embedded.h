/* A file that was built into the binary (common/gen/embed.py). */
#ifndef CORE_EMBEDDED_H
#define CORE_EMBEDDED_H
#include <stddef.h>

struct embedded { const char *name, *at, *end; };      /* a list ends with name NULL */

#endif
