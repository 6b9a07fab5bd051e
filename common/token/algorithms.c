/* Fetches the OpenSSL algorithms of this room once and keeps contexts per thread. */
#include "common/token/algorithms.h"
#include "common/core/memory.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <pthread.h>

/* What one thread keeps: a fresh context costs as much as a short digest. */
struct thread_contexts {
	EVP_MD_CTX  *md;
	EVP_MAC_CTX *hmac;
};

static pthread_once_t    fetched = PTHREAD_ONCE_INIT;
static struct algorithms known;
static EVP_MAC          *hmac;
static pthread_key_t     contexts_key;

/* A digest has no way to fail, and a good signature that cannot be checked for want of memory must not be told to be a
 * bad one: OpenSSL may use the reserve. Before main(), which is before its first allocation. */
static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_take(size);
}

static void *
resize(void *at, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_resize(at, size);
}

static void
give(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_give(at);
}

__attribute__((constructor)) static void
choose_memory(void)
{
	SURE(CRYPTO_set_mem_functions(take, resize, give) == 1);
}

static void
contexts_free(void *arg)
{
	struct thread_contexts *mine = arg;

	EVP_MD_CTX_free(mine->md);
	EVP_MAC_CTX_free(mine->hmac);
	memory_give(mine);
}

static void
fetch(void)
{
	known.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	known.aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	known.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	SURE(known.sha256 != NULL && known.aes_256_gcm != NULL && known.hkdf != NULL && hmac != NULL);
	SURE(pthread_key_create(&contexts_key, contexts_free) == 0);
}

const struct algorithms *
algorithms(void)
{
	SURE(pthread_once(&fetched, fetch) == 0);
	return &known;
}

static struct thread_contexts *
contexts_new(void)
{
	char        digest[] = "SHA256";
	OSSL_PARAM  params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct thread_contexts *mine = memory_zero(1, sizeof(*mine));

	SURE(mine != NULL);
	mine->md = EVP_MD_CTX_new();
	mine->hmac = EVP_MAC_CTX_new(hmac);
	SURE(mine->md != NULL && mine->hmac != NULL);
	SURE(EVP_MAC_CTX_set_params(mine->hmac, params) == 1);
	SURE(pthread_setspecific(contexts_key, mine) == 0);
	return mine;
}

static struct thread_contexts *
contexts(void)
{
	(void)algorithms();
	struct thread_contexts *mine = pthread_getspecific(contexts_key);

	return mine != NULL ? mine : contexts_new();
}

EVP_MD_CTX *
algorithms_md(void)
{
	return contexts()->md;
}

EVP_MAC_CTX *
algorithms_hmac(void)
{
	return contexts()->hmac;
}
