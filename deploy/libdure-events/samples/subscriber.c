/* A subscriber of payment events: prints each as a line and goes on where it was when it is started again.
 *
 *   subscriber <wake url> <ask url> <key id> <file with the secret> <cursor file> [type…]
 *
 * A real one would write to its database what it prints here. */
#include <dure-events.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct dure_events *events;

static void
stop(int signal_number)
{
	(void)signal_number;
	dure_events_stop(events);      /* NOLINT(bugprone-signal-handler,cert-sig30-c): made for it */
}

static int
print(void *arg, const struct dure_event *e)
{
	char payment[64] = "";
	int64_t amount = 0;

	(void)arg;
	(void)dure_event_text(e, "paymentId", payment, sizeof(payment));
	(void)dure_event_number(e, "amountKrw", &amount);
	printf("%s %s %s %lld\n", e->id, e->type, payment, (long long)amount);
	return fflush(stdout) == 0 ? 0 : -1;      /* not printed is not handled */
}

static void
note(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "subscriber: %s\n", sentence);
}

/* The secret stands in no argument, which every user of the machine could read. */
static const char *
read_secret(const char *path)
{
	static char secret[128];
	FILE *file = fopen(path, "r");

	if (file == NULL || fgets(secret, sizeof(secret), file) == NULL)
		secret[0] = '\0';
	if (file != NULL)
		fclose(file);
	secret[strcspn(secret, "\r\n")] = '\0';
	return secret;
}

int
main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: subscriber <wake url> <ask url> <key id> <secret file> <cursor file> [type...]\n");
		return 2;
	}
	const struct dure_events_config config = { .publisher = "billing", .wake_url = argv[1], .ask_url = argv[2],
		.key_id = argv[3], .secret = read_secret(argv[4]), .cursor_file = argv[5],
		.types = (const char *const *)argv + 6, .handle = print, .note = note };
	int rc = dure_events_open(&events, &config);

	if (rc == 0) {
		signal(SIGINT, stop);
		signal(SIGTERM, stop);
		rc = dure_events_run(events);
	}
	if (rc != 0)
		fprintf(stderr, "subscriber: %s\n", dure_events_error(rc));
	dure_events_close(&events);
	return rc != 0;
}
