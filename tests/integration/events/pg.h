/* A throwaway PostgreSQL for this test binary, on a unix socket under /tmp. */
#ifndef EVENTS_PG_H
#define EVENTS_PG_H

/* The URL of one of its databases; borrowed until the next call. */
const char *pg_url(const char *database);
#endif
