/* The calls on sockets: each can fail, come to an end, or move one byte alone. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/nth/shim.h"

static struct {
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
	ssize_t (*read)(int, void *, size_t);
	ssize_t (*readv)(int, const struct iovec *, int);
	int     (*connect)(int, const struct sockaddr *, socklen_t);
} real;

#define REAL(name) (real.name == NULL ? nth_find(&real.name, #name) : (void)0, real.name)

static bool
is_socket(int fd)
{
	struct stat about;

	return nth_page != NULL && nth_page->armed != 0 && fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

/* A blocking socket without a limit of time never says EAGAIN. */
static bool
may_say_again(int fd, int limit)
{
	struct timeval limit_of = { 0, 0 };
	socklen_t size = sizeof(limit_of);

	if ((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0)
		return true;
	return getsockopt(fd, SOL_SOCKET, limit, &limit_of, &size) == 0 && (limit_of.tv_sec != 0 || limit_of.tv_usec != 0);
}

/* What the failing call answers: -1 with errno, or 0 for the end. A connection that is said to be dead is. */
static ssize_t
broken(int fd, int limit)
{
	int why = (int)nth_page->how;

	if (why == EAGAIN && may_say_again(fd, limit)) {
		errno = EAGAIN;
		return -1;
	}
	(void)shutdown(fd, SHUT_RDWR);
	errno = why == EAGAIN ? ETIMEDOUT : why;
	return why == NTH_EOF ? 0 : -1;
}

/* The first byte alone, as vectors. */
static struct iovec
first_byte(const struct iovec *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i].iov_len > 0)
			return (struct iovec){ parts[i].iov_base, 1 };
	return (struct iovec){ NULL, 0 };
}

#define IS_SHORT ((int)nth_page->how == NTH_SHORT)

ssize_t
send(int fd, const void *at, size_t len, int flags)
{
	if (!is_socket(fd) || !nth_is_due(NTH_SEND))
		return REAL(send)(fd, at, len, flags);
	return IS_SHORT ? REAL(send)(fd, at, len > 0 ? 1 : 0, flags) : broken(fd, SO_SNDTIMEO);
}

ssize_t
write(int fd, const void *at, size_t len)
{
	if (!is_socket(fd) || !nth_is_due(NTH_SEND))
		return REAL(write)(fd, at, len);
	return IS_SHORT ? REAL(write)(fd, at, len > 0 ? 1 : 0) : broken(fd, SO_SNDTIMEO);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr some = *msg;
	struct iovec one = first_byte(msg->msg_iov, msg->msg_iovlen);

	if (!is_socket(fd) || !nth_is_due(NTH_SEND))
		return REAL(sendmsg)(fd, msg, flags);
	some.msg_iov = &one;
	some.msg_iovlen = 1;
	return IS_SHORT ? REAL(sendmsg)(fd, &some, flags) : broken(fd, SO_SNDTIMEO);
}

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
	struct iovec one = first_byte(parts, n > 0 ? (size_t)n : 0);

	if (!is_socket(fd) || !nth_is_due(NTH_SEND))
		return REAL(writev)(fd, parts, n);
	return IS_SHORT ? REAL(writev)(fd, &one, 1) : broken(fd, SO_SNDTIMEO);
}

ssize_t
recv(int fd, void *at, size_t len, int flags)
{
	if (!is_socket(fd) || !nth_is_due(NTH_RECV))
		return REAL(recv)(fd, at, len, flags);
	return IS_SHORT ? REAL(recv)(fd, at, len > 0 ? 1 : 0, flags) : broken(fd, SO_RCVTIMEO);
}

ssize_t
read(int fd, void *at, size_t len)
{
	if (!is_socket(fd) || !nth_is_due(NTH_RECV))
		return REAL(read)(fd, at, len);
	return IS_SHORT ? REAL(read)(fd, at, len > 0 ? 1 : 0) : broken(fd, SO_RCVTIMEO);
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct iovec *parts = msg->msg_iov, one = first_byte(parts, msg->msg_iovlen);
	size_t n = msg->msg_iovlen;
	ssize_t got;

	if (!is_socket(fd) || !nth_is_due(NTH_RECV))
		return REAL(recvmsg)(fd, msg, flags);
	if (!IS_SHORT)
		return broken(fd, SO_RCVTIMEO);
	msg->msg_iov = &one;
	msg->msg_iovlen = 1;
	got = REAL(recvmsg)(fd, msg, flags);
	msg->msg_iov = parts;
	msg->msg_iovlen = n;
	return got;
}

ssize_t
readv(int fd, const struct iovec *parts, int n)
{
	struct iovec one = first_byte(parts, n > 0 ? (size_t)n : 0);

	if (!is_socket(fd) || !nth_is_due(NTH_RECV))
		return REAL(readv)(fd, parts, n);
	return IS_SHORT ? REAL(readv)(fd, &one, 1) : broken(fd, SO_RCVTIMEO);
}

int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
	if (!nth_is_due(NTH_CONNECT))
		return REAL(connect)(fd, to.__sockaddr__, len);
	errno = (int)nth_page->how;
	return -1;
}
