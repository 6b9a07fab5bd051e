/* What the files of the library share. */
#ifndef DURE_EVENTS_ROOM_H
#define DURE_EVENTS_ROOM_H
#include <dure-events.h>
#include <stdbool.h>

#define PARTITIONS DURE_EVENTS_PARTITIONS

/* ---- wire.c: bytes of questions and answers */

enum { KEY_BYTES = 32 };

/* Who asks. */
struct asker { char publisher[32], key_id[40]; unsigned char key[KEY_BYTES]; };
void asker_key(struct asker *a, const char *secret);

/* A signed question; the caller frees *out. after NULL: from the oldest; op "next" or "now". */
bool question_make(const struct asker *a, const char *op, const int64_t *after, const char *const *types, int64_t time_s,
    char **out, size_t *bytes);

struct answer;
/* NULL when these bytes are no answer; they must live as long as it does. */
struct answer *answer_read(const void *bytes, size_t n);
void           answer_free(struct answer *a);
/* "" when it is none. */
const char    *answer_error(const struct answer *a);
bool           answer_cursor(const struct answer *a, int64_t cursor[PARTITIONS]);
bool           answer_more(const struct answer *a);
int64_t        answer_time(const struct answer *a);         /* 0: it says none */
size_t         answer_events(const struct answer *a);
/* The i-th event, lent until the next call and answer_free(); false when it cannot be read. */
bool           answer_event(struct answer *a, size_t i, struct dure_event *out);

/* ---- cursor.c: a cursor in a file */

/* 1, 0 when there is no file, −1 with errno. */
int cursor_load(const char *path, const char *publisher, int64_t cursor[PARTITIONS]);
int cursor_save(const char *path, const char *publisher, const int64_t cursor[PARTITIONS]);

/* ---- line.c: the two sockets, and waiting that can be ended */

struct line;
struct line *line_open(const char *wake_url, const char *ask_url, const char *const *types);     /* NULL: no such address */
void         line_close(struct line **l);
/* Sends and waits for the answer, which the caller frees with line_free(). False: none in time, or told to stop. */
struct reply { void *msg; const void *bytes; size_t n; };
bool         line_ask(struct line *l, const char *question, size_t bytes, int timeout_ms, struct reply *out);
void         line_free(struct reply *r);
/* Until something wakes, the time is over or told to stop. */
void         line_wait(struct line *l, int timeout_ms);
void         line_stop(struct line *l);
bool         line_stopped(const struct line *l);
#endif
