#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CHostNetwork.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int chn_remove_directory_at_end(const char *path, int *process) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    sigset_t all, before;
    sigfillset(&all);
    // Ctrl-C at the terminal is for the parent, whose end ends this process: its signals stay blocked.
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = fork();
    if (child != 0) {
        int error = errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(ends[0]);
        if (child < 0) close(ends[1]);
        errno = error;
        *process = child;
        return child < 0 ? -1 : ends[1];
    }
    // From here on only calls that are safe after fork(2).
    prctl(PR_SET_NAME, "stallpoint-tidy", 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (dup2(ends[0], 0) < 0) _exit(1);
    if (syscall(SYS_close_range, 1, ~0U, 0) != 0) {
        for (int descriptor = 1; descriptor < 4096; descriptor++) close(descriptor);
    }
    char byte;
    ssize_t count;
    do {
        count = read(0, &byte, 1);
    } while (count > 0 || (count < 0 && errno == EINTR));
    // A process that is killed closes one descriptor after the other: the directory may be in use a moment longer.
    for (int tries = 0; tries < 500; tries++) {
        if (rmdir(path) == 0 || errno != EBUSY) break;
        struct timespec wait = {.tv_sec = 0, .tv_nsec = 10000000};
        nanosleep(&wait, NULL);
    }
    _exit(0);
}

#endif
