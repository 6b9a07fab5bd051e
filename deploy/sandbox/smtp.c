/* A mail server in one thread: a few sessions at a time, each a line machine. */
#include "deploy/sandbox/smtp.h"
#include "deploy/sandbox/address.h"
#include "deploy/sandbox/pause.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SESSIONS_MAX 16
#define LINE_MAX_BYTES 2048
#define MAIL_MAX ((size_t)1 << 20)
#define POLL_MS 100
#define IDLE_POLLS_MAX 600

enum stage {
	STAGE_COMMAND,
	STAGE_AUTH,
	STAGE_DATA,
};

struct session {
	int fd;
	enum stage stage;
	char line[LINE_MAX_BYTES];
	size_t line_len;
	char from[256], to[256];
	char *mail;
	size_t mail_len;
	bool too_big, leaving;
	int idle;
};

static int listener = -1;
static struct session sessions[SESSIONS_MAX];
static size_t session_count;

bool
smtp_open(const char *address)
{
	struct sockaddr_in sin;
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener >= 0)
		setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener < 0 || !address_parse(address, &sin)
	    || bind(listener, (const struct sockaddr *)&sin, sizeof(sin)) != 0
	    || listen(listener, 64) != 0) {
		fprintf(stderr, "sandbox: cannot listen on %s\n", address);
		return false;
	}
	return true;
}

/* Answers are short and few: a peer that does not take one at once is let go. */
static void
say(struct session *s, const char *text)
{
	size_t len = strlen(text);

	if (send(s->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		s->leaving = true;
}

static void
forget_mail(struct session *s)
{
	free(s->mail);
	s->mail = NULL;
	s->mail_len = 0;
	s->from[0] = s->to[0] = '\0';
	s->too_big = false;
}

/* The part between < and >, or the bare word. */
static void
read_address(const char *text, char *to, size_t room)
{
	text += strspn(text, " <");
	snprintf(to, room, "%.*s", (int)strcspn(text, "> "), text);
}

static void
hello(struct session *s, const char *line)
{
	(void)line;
	say(s, "250-sandbox\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
	    "250 AUTH PLAIN\r\n");
}

static void
authenticate(struct session *s, const char *line)
{
	bool at_once = strlen(line) > strlen("AUTH PLAIN ");

	s->stage = at_once ? STAGE_COMMAND : STAGE_AUTH;
	say(s, at_once ? "235 2.7.0 Authentication successful\r\n" : "334 \r\n");
}

static void
mail_from(struct session *s, const char *line)
{
	forget_mail(s);
	read_address(line + strlen("MAIL FROM:"), s->from, sizeof(s->from));
	say(s, "250 2.1.0 Ok\r\n");
}

static void
rcpt_to(struct session *s, const char *line)
{
	read_address(line + strlen("RCPT TO:"), s->to, sizeof(s->to));
	say(s, "250 2.1.5 Ok\r\n");
}

static void
data(struct session *s, const char *line)
{
	(void)line;
	if (s->to[0] == '\0') {
		say(s, "503 5.5.1 RCPT first\r\n");
		return;
	}
	s->stage = STAGE_DATA;
	say(s, "354 End data with <CR><LF>.<CR><LF>\r\n");
}

static void
reset(struct session *s, const char *line)
{
	(void)line;
	forget_mail(s);
	say(s, "250 2.0.0 Ok\r\n");
}

static void
nothing(struct session *s, const char *line)
{
	(void)line;
	say(s, "250 2.0.0 Ok\r\n");
}

static void
quit(struct session *s, const char *line)
{
	(void)line;
	say(s, "221 2.0.0 Bye\r\n");
	s->leaving = true;
}

static const struct {
	const char *verb;
	void (*act)(struct session *s, const char *line);
} commands[] = {
	{ "EHLO", hello }, { "HELO", nothing }, { "AUTH PLAIN", authenticate },
	{ "MAIL FROM:", mail_from }, { "RCPT TO:", rcpt_to }, { "DATA", data },
	{ "RSET", reset }, { "NOOP", nothing }, { "QUIT", quit },
};

static void
command(struct session *s, const char *line)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strncasecmp(line, commands[i].verb, strlen(commands[i].verb)) == 0) {
			commands[i].act(s, line);
			return;
		}
	say(s, "502 5.5.2 Command not recognized\r\n");
}

static void
finish_mail(struct session *s)
{
	s->stage = STAGE_COMMAND;
	if (s->too_big) {
		say(s, "552 5.3.4 Message too big\r\n");
	} else {
		smtp_deliver(s->from, s->to, s->mail != NULL ? s->mail : "");
		say(s, "250 2.0.0 Ok: queued\r\n");
	}
	forget_mail(s);
}

static void
mail_line(struct session *s, const char *line)
{
	size_t len;
	char *grown;

	if (strcmp(line, ".") == 0) {
		finish_mail(s);
		return;
	}
	if (line[0] == '.')
		line++;
	len = strlen(line);
	s->too_big = s->too_big || s->mail_len + len + 1 > MAIL_MAX;
	if (s->too_big)
		return;
	grown = realloc(s->mail, s->mail_len + len + 2);
	if (grown == NULL) {
		s->too_big = true;
		return;
	}
	s->mail = grown;
	memcpy(s->mail + s->mail_len, line, len);
	s->mail_len += len;
	s->mail[s->mail_len++] = '\n';
	s->mail[s->mail_len] = '\0';
}

static void
take_line(struct session *s)
{
	s->line[s->line_len] = '\0';
	if (s->line_len > 0 && s->line[s->line_len - 1] == '\r')
		s->line[s->line_len - 1] = '\0';
	s->line_len = 0;
	if (s->stage == STAGE_DATA) {
		mail_line(s, s->line);
	} else if (s->stage == STAGE_AUTH) {
		s->stage = STAGE_COMMAND;
		say(s, "235 2.7.0 Authentication successful\r\n");
	} else {
		command(s, s->line);
	}
}

static void
take_bytes(struct session *s)
{
	char bytes[4096];
	ssize_t n = recv(s->fd, bytes, sizeof(bytes), 0);

	if (n <= 0)
		s->leaving = true;
	s->idle = 0;
	for (ssize_t i = 0; i < n && !s->leaving; i++) {
		if (bytes[i] == '\n')
			take_line(s);
		else if (s->line_len < sizeof(s->line) - 1)
			s->line[s->line_len++] = bytes[i];
		else
			s->leaving = true;
	}
}

static void
welcome(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct session *s = &sessions[session_count];

	if (fd < 0)
		return;
	*s = (struct session){ .fd = fd };
	session_count++;
	say(s, "220 sandbox ESMTP\r\n");
}

static void
dismiss(size_t i)
{
	close(sessions[i].fd);
	forget_mail(&sessions[i]);
	sessions[i] = sessions[--session_count];
}

static void
poll_once(void)
{
	struct pollfd fds[SESSIONS_MAX + 1];
	size_t n = session_count;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = sessions[i].fd, .events = POLLIN };
	fds[n] = (struct pollfd){ .fd = n < SESSIONS_MAX ? listener : -1, .events = POLLIN };
	poll(fds, n + 1, POLL_MS);
	for (size_t i = n; i-- > 0;) {
		if (fds[i].revents != 0)
			take_bytes(&sessions[i]);
		else if (++sessions[i].idle > IDLE_POLLS_MAX)
			sessions[i].leaving = true;
		if (sessions[i].leaving)
			dismiss(i);
	}
	if (fds[n].revents != 0)
		welcome();
}

void *
smtp_run(void *unused)
{
	(void)unused;
	while (listener >= 0 && pause_ms(0))
		poll_once();
	while (session_count > 0)
		dismiss(session_count - 1);
	if (listener >= 0)
		close(listener);
	return NULL;
}
