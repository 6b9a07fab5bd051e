/* dure-thumbnail: a picture from strangers on standard input, its thumbnail as WebP on standard output.
 *
 * A program of its own, run once per picture by a job of commerce with an empty environment: whatever a hostile picture
 * does to the decoder, there is no secret here, no network, no other program to run, little memory and little time. Ends
 * with 0, or with 1 and one word on standard error: too_large, not_an_image, too_many_pixels, broken. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vips/vips.h>

/* Bytes in as the shop's uploads; 50 megapixels are a camera's, and 150 MB when a format makes libvips hold them all.
 * 400 pixels serve a list on a screen of double density. */
enum { PICTURE_MOST = 10 << 20, PIXELS_MOST = 50000000, SIDE = 400, CPU_S = 10, MEMORY_MOST = 1 << 30, FILES_MOST = 16 };

static _Noreturn void
refuse(const char *word)
{
	(void)fprintf(stderr, "%s\n", word);
	exit(1);
}

static void
limit(__rlimit_resource_t what, rlim_t most)
{
	if (setrlimit(what, &(struct rlimit){ most, most }) != 0)
		refuse("limits");
}

/* An allocator of the address sanitizer takes terabytes of addresses. */
static void
limit_all(void)
{
	limit(RLIMIT_CPU, CPU_S);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, PICTURE_MOST);
	limit(RLIMIT_NOFILE, FILES_MOST);
#ifndef __SANITIZE_ADDRESS__
	limit(RLIMIT_AS, MEMORY_MOST);
#endif
}

/* The numbers of system calls mean something else under another architecture of the same machine. */
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif
enum { FOREIGN_CALLS = 0x40000000 };     /* x32 */

/* From here on no socket, no other program, no new file to write, no look into another process. */
#define FORBID(call)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)

static void
lock_up(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_CALLS, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		FORBID(SYS_socket), FORBID(SYS_socketpair), FORBID(SYS_connect), FORBID(SYS_execve), FORBID(SYS_execveat),
		FORBID(SYS_ptrace), FORBID(SYS_process_vm_readv), FORBID(SYS_process_vm_writev), FORBID(SYS_unlinkat),
		FORBID(SYS_renameat2), FORBID(SYS_mkdirat), FORBID(SYS_fchmodat), FORBID(SYS_mount), FORBID(SYS_bpf),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		refuse("limits");
}

static size_t
read_all(unsigned char *to, size_t room)
{
	size_t n = 0;
	ssize_t got;

	while (n < room && (got = read(STDIN_FILENO, to + n, room - n)) != 0) {
		if (got > 0)
			n += (size_t)got;
		else if (errno != EINTR)
			refuse("broken");
	}
	return n;
}

static void
write_all(const unsigned char *at, size_t n)
{
	while (n > 0) {
		ssize_t put = write(STDOUT_FILENO, at, n);

		if (put < 0 && errno != EINTR)
			exit(1);
		if (put > 0) {
			at += put;
			n -= (size_t)put;
		}
	}
}

/* One thread, no cache, and of all that libvips reads only what the shop takes. */
static void
open_library(char *name)
{
	(void)setenv("VIPS_WARNING", "0", 1);     /* its mere presence keeps warnings off the one word */
	if (VIPS_INIT(name) != 0)
		refuse("limits");
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_block_untrusted_set(TRUE);
	vips_operation_block_set("VipsForeignLoad", TRUE);
	vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
	vips_operation_block_set("VipsForeignLoadPng", FALSE);
	vips_operation_block_set("VipsForeignLoadWebp", FALSE);
}

/* The header says how many pixels there will be, before one is decoded. */
static void
check_header(const unsigned char *picture, size_t n)
{
	VipsImage *image = vips_image_new_from_buffer(picture, n, "", NULL);

	if (image == NULL)
		refuse("not_an_image");
	if ((int64_t)vips_image_get_width(image) * vips_image_get_height(image) > PIXELS_MOST)
		refuse("too_many_pixels");
	g_object_unref(image);
}

int
main(int argc, char **argv)
{
	static unsigned char picture[PICTURE_MOST + 1];
	VipsImage *thumbnail;
	void *out;
	size_t n, out_n;

	if (argc != 1) {
		(void)fprintf(stderr, "usage: dure-thumbnail <picture >thumbnail.webp\n");
		return 2;
	}
	open_library(argv[0]);
	limit_all();
	lock_up();
	n = read_all(picture, sizeof(picture));
	if (n > PICTURE_MOST)
		refuse("too_large");
	check_header(picture, n);
	if (vips_thumbnail_buffer(picture, n, &thumbnail, SIDE, "height", SIDE, "size", VIPS_SIZE_DOWN, "option_string",
	    "fail_on=truncated", NULL) != 0 ||
	    vips_image_write_to_buffer(thumbnail, ".webp[Q=80,strip]", &out, &out_n, NULL) != 0)
		refuse("broken");
	write_all(out, out_n);
	return 0;
}
