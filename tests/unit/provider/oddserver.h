/* A server that misbehaves as its path says. */
#ifndef PROVIDER_ODDSERVER_H
#define PROVIDER_ODDSERVER_H

/* Answers on a loopback port until the process ends: /ok, /500, /redirect, /garbage, /cut (head without its
 * body), /big (1 MiB), /never (reads and says nothing), /gone (reads and closes), /once (closes the first time,
 * then answers), /echo (the request itself as the body). Kept connections stay for /ok only. */
struct oddserver { int port, fd; int connections, requests; };
void oddserver_open(struct oddserver *o);
/* A port on which nobody listens. */
int  oddserver_dead_port(void);
#endif
