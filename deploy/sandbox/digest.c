/* Digests, encodings and random names, over OpenSSL. */
#include "deploy/sandbox/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void
digest_hex(const unsigned char *data, size_t len, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*hex++ = digits[data[i] >> 4];
		*hex++ = digits[data[i] & 15];
	}
	*hex = '\0';
}

void
digest_sha256_hex(const void *data, size_t len, char hex[DIGEST_HEX])
{
	unsigned char raw[DIGEST_SIZE];

	SHA256(data, len, raw);
	digest_hex(raw, sizeof(raw), hex);
}

void
digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
    unsigned char out[DIGEST_SIZE])
{
	HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL);
}

void
digest_base64(const unsigned char raw[DIGEST_SIZE], char text[DIGEST_BASE64])
{
	EVP_EncodeBlock((unsigned char *)text, raw, DIGEST_SIZE);
}

char *
digest_base64_decode(const char *text, size_t len, size_t *out_len)
{
	unsigned char *out;
	int n;

	if (len % 4 != 0 || (out = malloc(len / 4 * 3 + 1)) == NULL)
		return NULL;
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	if (n < 0) {
		free(out);
		return NULL;
	}
	/* OpenSSL counts the padding as bytes. */
	for (size_t i = len; i > 0 && text[i - 1] == '=' && n > 0; i--)
		n--;
	out[n] = '\0';
	*out_len = (size_t)n;
	return (char *)out;
}

bool
digest_same(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

void
digest_random(char *text, size_t n)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	if (RAND_bytes((unsigned char *)text, (int)n) != 1)
		abort();
	for (size_t i = 0; i < n; i++)
		text[i] = letters[(unsigned char)text[i] % (sizeof(letters) - 1)];
	text[n] = '\0';
}

static int
hex_value(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

size_t
digest_percent_decode(const char *text, size_t len, bool plus_is_space, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (text[i] == '%' && len - i > 2) {
			high = hex_value(text[i + 1]);
			low = hex_value(text[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[n] = text[i];
			if (text[i] == '+' && plus_is_space)
				out[n] = ' ';
			n++;
		}
	}
	out[n] = '\0';
	return n;
}
