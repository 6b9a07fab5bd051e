/* The names that the types of access tokens have on the wire. */
#include "common/token/who.h"
#include <string.h>

static const struct { enum who who; const char *word; } words[] = {
	{ WHO_STAFF, "staff" },
	{ WHO_CUSTOMER, "customer" },
	{ WHO_PARTNER, "partner" },
	{ WHO_OPERATOR, "operator" },
};

const char *
who_word(enum who who)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].who == who)
			return words[i].word;
	return NULL;
}

bool
who_of(const char *word, enum who *out)
{
	for (size_t i = 0; word != NULL && i < COUNT_OF(words); i++) {
		if (strcmp(words[i].word, word) == 0) {
			*out = words[i].who;
			return true;
		}
	}
	return false;
}
