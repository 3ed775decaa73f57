/* Preloaded into a program, makes each sync of a file take longer, as a disk does that reaches its medium. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_medium(void)
{
    const char *microseconds = getenv("SYNC_MICROSECONDS");
    struct timespec time = {0, microseconds ? atol(microseconds) * 1000 : 0};

    /* The kernel otherwise adds up to 50 us to a sleep, to wake fewer times. */
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    nanosleep(&time, NULL);
}

int fsync(int file)
{
    wait_for_the_medium();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    wait_for_the_medium();
    return (int)syscall(SYS_fdatasync, file);
}
