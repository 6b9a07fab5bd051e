/* libwebsockets, for the files of this room that speak to it. */
#ifndef SOCKETIO_EIO_LWS_H
#define SOCKETIO_EIO_LWS_H
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <libwebsockets.h>
#pragma GCC diagnostic pop

#include "common/socketio/engineio.h"

_Static_assert(EIO_HEADROOM >= LWS_PRE, "a frame's head must fit in front of a message");
#endif
