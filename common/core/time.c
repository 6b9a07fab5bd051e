/* Times as text: RFC 3339 in and out, by the calendar of common/core/calendar.h. */
#include "common/core/calendar.h"
#include "common/core/clock.h"

#define SECOND_US   INT64_C(1000000)
#define MINUTE_US   (60 * SECOND_US)
#define DAY_US      INT64_C(86400000000)
/* 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z: outside, RFC 3339 has no spelling. */
#define FIRST_US    (-719528 * DAY_US)
#define BEHIND_US   (2932897 * DAY_US)

/* So many digits of it, and what follows them. A log line has a time, an event three: printf would cost more than all the
 * rest of writing them. */
static char *
put_digits(char *to, unsigned value, int n, char behind)
{
	for (int i = n - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	to[n] = behind;
	return to + n + 1;
}

void
time_print(int64_t us, char out[TIME_CHARS + 1])
{
	int64_t in_range = us < FIRST_US ? FIRST_US : us >= BEHIND_US ? BEHIND_US - 1 : us;
	int64_t days = in_range / DAY_US - (in_range % DAY_US < 0);
	unsigned left = (unsigned)((in_range - days * DAY_US) / SECOND_US);
	unsigned micros = (unsigned)((in_range - days * DAY_US) % SECOND_US);
	struct day d = day_of_number(days);

	char *at = put_digits(out, (unsigned)d.year, 4, '-');
	at = put_digits(at, (unsigned)d.month, 2, '-');
	at = put_digits(at, (unsigned)d.day, 2, 'T');
	at = put_digits(at, left / 3600, 2, ':');
	at = put_digits(at, left / 60 % 60, 2, ':');
	at = put_digits(at, left % 60, 2, '.');
	at = put_digits(at, micros, 6, 'Z');
	*at = '\0';
}

struct reader { const char *at, *end; bool bad; };

static int32_t
digits(struct reader *r, int n)
{
	int32_t value = 0;

	if (r->end - r->at < n) {
		r->bad = true;
		return 0;
	}
	for (; n > 0; n--, r->at++) {
		r->bad = r->bad || *r->at < '0' || *r->at > '9';
		value = value * 10 + (*r->at - '0');
	}
	return r->bad ? 0 : value;
}

/* One letter out of a few; the one found is returned. */
static char
letter(struct reader *r, const char *any_of)
{
	for (; r->at < r->end && *any_of != '\0'; any_of++) {
		if (*r->at == *any_of)
			return *r->at++;
	}
	r->bad = true;
	return '\0';
}

/* Up to nine digits behind a dot; beyond microseconds they are dropped. */
static int64_t
fraction_us(struct reader *r)
{
	int64_t micros = 0;
	int n = 0;

	if (r->at == r->end || *r->at != '.')
		return 0;
	for (r->at++; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, n++) {
		if (n < 6)
			micros = micros * 10 + (*r->at - '0');
	}
	r->bad = r->bad || n == 0 || n > 9;
	for (; n < 6; n++)
		micros *= 10;
	return micros;
}

static int64_t
offset_us(struct reader *r)
{
	char sign = letter(r, "Zz+-");
	int32_t hours, minutes;

	if (sign == 'Z' || sign == 'z' || sign == '\0')
		return 0;
	hours = digits(r, 2);
	(void)letter(r, ":");
	minutes = digits(r, 2);
	r->bad = r->bad || hours > 23 || minutes > 59;
	return (sign == '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE_US;
}

static int64_t
date_us(struct reader *r)
{
	struct day d = { 0 };

	d.year = digits(r, 4);
	(void)letter(r, "-");
	d.month = digits(r, 2);
	(void)letter(r, "-");
	d.day = digits(r, 2);
	r->bad = r->bad || !day_exists(d);
	return r->bad ? 0 : day_number(d) * DAY_US;
}

/* Second 60 is read as the next second's beginning; only a leap second has it: the last of a UTC
 * day. */
static int64_t
time_of_day_us(struct reader *r, bool *leap)
{
	int32_t hours, minutes, seconds;

	hours = digits(r, 2);
	(void)letter(r, ":");
	minutes = digits(r, 2);
	(void)letter(r, ":");
	seconds = digits(r, 2);
	r->bad = r->bad || hours > 23 || minutes > 59 || seconds > 60;
	*leap = seconds == 60;
	return (hours * 60 + minutes) * MINUTE_US + seconds * SECOND_US;
}

bool
time_parse(struct text t, int64_t *us)
{
	struct reader r = { .at = t.at };
	int64_t at, part;
	bool leap;

	if (t.len == 0)
		return false;                   /* .at may be NULL, to which nothing may be added */
	r.end = t.at + t.len;
	at = date_us(&r);
	(void)letter(&r, "Tt");
	at += time_of_day_us(&r, &leap);
	part = fraction_us(&r);
	at -= offset_us(&r);
	if (r.bad || r.at != r.end || (leap && at % DAY_US != 0))
		return false;
	at += leap ? 0 : part;
	if (at < FIRST_US || at >= BEHIND_US)
		return false;
	*us = at;
	return true;
}
