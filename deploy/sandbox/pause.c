/* Lets threads wait in a way that the end of the process can cut short. */
#include "deploy/sandbox/pause.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static bool stopping;

bool
pause_ms(int64_t ms)
{
	struct timespec until;
	bool running;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lock);
	while (!stopping && pthread_cond_clockwait(&ended, &lock, CLOCK_MONOTONIC, &until) == 0)
		continue;
	running = !stopping;
	pthread_mutex_unlock(&lock);
	return running;
}

void
pause_end(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&ended);
	pthread_mutex_unlock(&lock);
}
