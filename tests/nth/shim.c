/* Preloaded into a service: lets one call of a kind fail when the driver's page (NTH_PAGE, page.h) says so. */
#include "tests/nth/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EARLY_BYTES = 65536, FRAMES = 40 };

struct nth_page *nth_page;
static uintptr_t own_from, own_to;      /* where the program itself is mapped */
static const void *here;                /* where this library is */
static _Thread_local bool looking;      /* backtrace() may allocate */

/* ---- the real ones. They are looked up at first use: others' constructors run before ours. */

static struct {
	void   *(*malloc)(size_t);
	void   *(*calloc)(size_t, size_t);
	void   *(*realloc)(void *, size_t);
	void    (*free)(void *);
	int     (*posix_memalign)(void **, size_t, size_t);
} real;

/* A pointer to a function and one to an object are of one size here, which ISO C does not promise. */
void
nth_find(void *into, const char *name)
{
	void *at = dlsym(RTLD_NEXT, name);

	memcpy(into, &at, sizeof(at));
}

/* dlsym() of some libraries allocates: what is asked for meanwhile comes from here and never goes back. */
static _Alignas(16) char early[EARLY_BYTES];
static size_t early_used;
static bool finding;

static void *
early_take(size_t size)
{
	size_t from = (early_used + 15) & ~(size_t)15;

	if (size > sizeof(early) - from)
		abort();
	early_used = from + size;
	return early + from;
}

static bool
is_early(const void *at)
{
	return (const char *)at >= early && (const char *)at < early + sizeof(early);
}

static bool
memory_is_found(void)
{
	if (real.malloc != NULL)
		return true;
	if (finding)
		return false;
	finding = true;
	nth_find(&real.calloc, "calloc");
	nth_find(&real.realloc, "realloc");
	nth_find(&real.free, "free");
	nth_find(&real.posix_memalign, "posix_memalign");
	nth_find(&real.malloc, "malloc");
	finding = false;
	return true;
}

/* ---- the page */

static int
first_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0)
			continue;
		own_from = info->dlpi_addr + part->p_vaddr;
		own_to = own_from + part->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void
open_page(void)
{
	const char *path = getenv("NTH_PAGE");
	void *frames[1];
	Dl_info about;
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*nth_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (at == MAP_FAILED)
		return;
	(void)dl_iterate_phdr(first_module, NULL);
	(void)backtrace(frames, 1);      /* the first one loads a library */
	if (dladdr(&nth_page, &about) != 0)
		here = about.dli_fbase;
	nth_page = at;
}

static const char *
base_name(const char *path)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	return path == NULL ? "?" : slash == NULL ? path : slash + 1;
}

static bool
is_excluded(const char *module, const char *name)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "\n%s %s\n", module, name);

	return n > 0 && (size_t)n < sizeof(line) && strstr(nth_page->excluded, line) != NULL;
}

/* Writes down who called; false when one of them is excluded. */
static bool
look_around(void)
{
	void *frames[FRAMES];
	int n = backtrace(frames, FRAMES);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		Dl_info about = { NULL, NULL, NULL, NULL };
		int wrote;
		(void)dladdr((const char *)frames[i] - 1, &about);
		if (about.dli_fbase == here)
			continue;
		if (is_excluded(base_name(about.dli_fname), about.dli_sname == NULL ? "?" : about.dli_sname))
			return false;
		wrote = snprintf(nth_page->where + at, sizeof(nth_page->where) - at, "%s+%#tx %s\n", base_name(about.dli_fname),
		    (const char *)frames[i] - (const char *)about.dli_fbase, about.dli_sname == NULL ? "?" : about.dli_sname);
		if (wrote < 0 || (size_t)wrote >= sizeof(nth_page->where) - at)
			break;
		at += (size_t)wrote;
	}
	return true;
}

/* Counts a call; true when this is the one to fail. One that is due and excluded hands it on to the next. */
bool
nth_is_due(enum nth_kind kind)
{
	int before = errno;
	uint32_t nth, none = 0;
	bool fails;

	if (nth_page == NULL || looking || __atomic_load_n(&nth_page->armed, __ATOMIC_ACQUIRE) == 0)
		return false;
	nth = __atomic_add_fetch(&nth_page->count[kind], 1, __ATOMIC_RELAXED);
	if (nth_page->kind != kind || nth_page->at == 0 || nth < nth_page->at)
		return false;
	if (!__atomic_compare_exchange_n(&nth_page->failed, &none, 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	looking = true;
	fails = look_around();
	looking = false;
	errno = before;
	if (!fails) {
		__atomic_add_fetch(&nth_page->spared, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&nth_page->failed, 0, __ATOMIC_RELAXED);
	}
	return fails;
}

/* ---- memory */

static bool
no_memory(const void *caller)
{
	bool own = (uintptr_t)caller >= own_from && (uintptr_t)caller < own_to;

	return nth_is_due(own ? NTH_OWN : NTH_MALLOC);
}

#define CALLER __builtin_return_address(0)

void *
malloc(size_t size)
{
	if (!memory_is_found())
		return early_take(size);
	if (no_memory(CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real.malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	if (!memory_is_found())
		return early_take(n * size);      /* of static memory, so zero */
	if (no_memory(CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real.calloc(n, size);
}

void *
realloc(void *at, size_t size)
{
	if (!memory_is_found() || is_early(at))
		abort();
	if (size > 0 && no_memory(CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real.realloc(at, size);
}

void
free(void *at)
{
	if (at == NULL || is_early(at) || !memory_is_found())
		return;
	real.free(at);
}

int
posix_memalign(void **out, size_t align, size_t size)
{
	if (!memory_is_found())
		abort();
	return no_memory(CALLER) ? ENOMEM : real.posix_memalign(out, align, size);
}
