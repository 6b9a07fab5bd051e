/* A request as the gateway's parts see it, without a server. */
#ifndef TESTS_GATEWAY_WORLD_H
#define TESTS_GATEWAY_WORLD_H
#include "common/http/http.h"
#include "services/gateway/gateway.h"

extern struct req            rq;
extern struct gateway        gateway;      /* its settings are below; all else is empty */
extern struct gateway_config config;
extern struct app            app;

/* Test fixtures: .init = world_open, .fini = world_close. */
void world_open(void);
void world_close(void);
/* The request in hand from now on, with these header lines ("Origin: https://a.example"), NULL at the end. */
struct http_request *world_request(const char *method, const char *path, ...);
/* A borrowed text as a C string, in the test's arena. */
const char          *str(struct text t);
/* The slug of an error, "" for none. */
const char          *slug_of(const struct err *e);
#endif
