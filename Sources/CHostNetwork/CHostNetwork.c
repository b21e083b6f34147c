#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CHostNetwork.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <time.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int chn_processor_count(void) {
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
}

int chn_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int chn_epoll_set(int epoll, int descriptor, uint64_t token, int readable, int writable, int is_new) {
    struct epoll_event event = {
        .events = (readable ? EPOLLIN | EPOLLRDHUP : 0) | (writable ? EPOLLOUT : 0),
        .data = {.u64 = token},
    };
    return epoll_ctl(epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}

int chn_epoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int chn_epoll_wait(int epoll, struct chn_event *events, int capacity, int64_t timeout) {
    struct epoll_event ready[128];
    if (capacity > 128) capacity = 128;
    // Milliseconds, rounded up: waking early would spin.
    int milliseconds = -1;
    if (timeout >= 0) {
        int64_t rounded = (timeout + 999999) / 1000000;
        milliseconds = rounded > 1000000 ? 1000000 : (int)rounded;
    }
    int count = epoll_wait(epoll, ready, capacity, milliseconds);
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].events = ready[i].events;
    }
    return count;
}

uint32_t chn_epoll_readable(void) { return EPOLLIN | EPOLLRDHUP; }
uint32_t chn_epoll_writable(void) { return EPOLLOUT; }
uint32_t chn_epoll_failed(void) { return EPOLLERR | EPOLLHUP; }

static void copy_address(const struct sockaddr *address, uint8_t bytes[16], uint8_t *family) {
    *family = 0;
    if (address->sa_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
        *family = AF_INET;
    } else if (address->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
        *family = AF_INET6;
    }
}

static int32_t time_to_live(const struct cmsghdr *control) {
    int value;
    if ((control->cmsg_level == SOL_IP && control->cmsg_type == IP_TTL) ||
        (control->cmsg_level == SOL_IPV6 && control->cmsg_type == IPV6_HOPLIMIT)) {
        if (control->cmsg_len >= CMSG_LEN(sizeof value)) {
            memcpy(&value, CMSG_DATA(control), sizeof value);
            return value;
        }
    }
    return -1;
}

int chn_error_queue_next(int descriptor, struct chn_error *entry) {
    uint8_t data[256];
    union {
        struct cmsghdr header;
        uint8_t bytes[512];
    } control;
    struct sockaddr_storage original;
    struct iovec vector = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr message = {
        .msg_name = &original,
        .msg_namelen = sizeof original,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    memset(entry, 0, sizeof *entry);
    entry->time_to_live = -1;
    ssize_t received = recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    entry->quoted_length = received < (ssize_t)sizeof entry->quoted ? (uint32_t)received : sizeof entry->quoted;
    memcpy(entry->quoted, data, entry->quoted_length);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        int32_t ttl = time_to_live(c);
        if (ttl >= 0) entry->time_to_live = ttl;
        int is_error = (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
                       (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR);
        if (!is_error || c->cmsg_len < CMSG_LEN(sizeof(struct sock_extended_err))) continue;
        struct sock_extended_err error;
        memcpy(&error, CMSG_DATA(c), sizeof error);
        entry->number = (int32_t)error.ee_errno;
        entry->origin = error.ee_origin;
        entry->type = error.ee_type;
        entry->code = error.ee_code;
        entry->info = error.ee_info;
        // The offender follows the error where there is room for it.
        size_t room = c->cmsg_len - CMSG_LEN(sizeof error);
        struct sockaddr_in6 offender;
        memset(&offender, 0, sizeof offender);
        memcpy(&offender, CMSG_DATA(c) + sizeof error, room < sizeof offender ? room : sizeof offender);
        copy_address((const struct sockaddr *)&offender, entry->sender, &entry->sender_family);
    }
    return 1;
}

int chn_set_error_queue(int descriptor, int family, int enabled) {
    if (family == AF_INET) return setsockopt(descriptor, SOL_IP, IP_RECVERR, &enabled, sizeof enabled);
    return setsockopt(descriptor, SOL_IPV6, IPV6_RECVERR, &enabled, sizeof enabled);
}

int64_t chn_receive(
    int descriptor, void *buffer, uint64_t capacity, int32_t *ttl, uint8_t source[16], uint8_t *source_family) {
    union {
        struct cmsghdr header;
        uint8_t bytes[256];
    } control;
    struct sockaddr_storage from;
    memset(&from, 0, sizeof from);
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr message = {
        .msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    *ttl = -1;
    *source_family = 0;
    ssize_t received = recvmsg(descriptor, &message, MSG_DONTWAIT);
    if (received < 0) return received;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        int32_t value = time_to_live(c);
        if (value >= 0) *ttl = value;
    }
    if (message.msg_namelen > 0) copy_address((const struct sockaddr *)&from, source, source_family);
    return received;
}

int64_t chn_send_to_address(
    int descriptor, const void *bytes, uint64_t count, const uint8_t *address, int family, uint32_t scope) {
    if (family == AF_INET) {
        struct sockaddr_in to = {.sin_family = AF_INET};
        memcpy(&to.sin_addr, address, 4);
        return sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
    }
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = scope};
    memcpy(&to.sin6_addr, address, 16);
    return sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
}

int chn_ipv6_auto_flow_label(void) {
    // linux/in6.h; glibc's netinet/in.h does not have it, and the two cannot be included together.
    return 70;
}

int chn_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int chn_get_capabilities(uint64_t *effective, uint64_t *permitted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    return 0;
}

int chn_has_group_between(uint32_t lowest, uint32_t highest) {
    gid_t groups[1024];
    if (getegid() >= lowest && getegid() <= highest) return 1;
    int count = getgroups(1024, groups);
    for (int index = 0; index < count; index++) {
        if (groups[index] >= lowest && groups[index] <= highest) return 1;
    }
    return 0;
}

int chn_limit_capabilities(uint64_t kept) {
    uint64_t effective = 0, permitted = 0;
    if (chn_get_capabilities(&effective, &permitted) != 0) return -1;
    // The bounding set first: dropping from it needs CAP_SETPCAP, which goes last.
    for (int capability = 0; capability <= 63; capability++) {
        if (kept >> capability & 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno == EINVAL) break;
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    uint64_t rest = permitted & kept;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)rest, .permitted = (uint32_t)rest, .inheritable = 0},
        {.effective = (uint32_t)(rest >> 32), .permitted = (uint32_t)(rest >> 32), .inheritable = 0},
    };
    return (int)syscall(SYS_capset, &header, data);
}

int chn_become(uint32_t user, uint32_t group) {
    if (setgroups(0, NULL) != 0) return -1;
    if (setresgid(group, group, group) != 0) return -1;
    if (setresuid(user, user, user) != 0) return -1;
    if (geteuid() == user && getegid() == group) return 0;
    errno = EPERM;
    return -1;
}

int chn_start_confined(const char *const *arguments, const char *path, int input, int output, uint64_t kept) {
    uint64_t effective = 0, permitted = 0;
    if (chn_get_capabilities(&effective, &permitted) != 0) return -1;
    uint64_t rest = permitted & kept;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)rest, .permitted = (uint32_t)rest, .inheritable = (uint32_t)rest},
        {.effective = (uint32_t)(rest >> 32), .permitted = (uint32_t)(rest >> 32), .inheritable = (uint32_t)(rest >> 32)},
    };
    const char *const environment[] = {path, NULL};
    sigset_t all, before, none;
    sigfillset(&all);
    sigemptyset(&none);
    // No handler of ours may run in the child before it is somebody else.
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t process = fork();
    if (process != 0) {
        int error = errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        errno = error;
        return process;
    }
    // From here to execve only calls that are safe after fork(2).
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    // Ctrl-C at the terminal is for the parent, whose end ends this process.
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(nothing, 2) < 0) _exit(126);
    if (syscall(SYS_close_range, 3, ~0U, 0) != 0) {
        for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
    }
    for (int capability = 0; capability <= 63; capability++) {
        if (kept >> capability & 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno == EINVAL) break;
    }
    if (syscall(SYS_capset, &header, data) != 0) _exit(126);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int capability = 0; capability <= 63; capability++) {
        if (rest >> capability & 1) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (chdir("/") != 0) _exit(126);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(arguments[0], (char *const *)arguments, (char *const *)environment);
    _exit(127);
}

int chn_collect(int process) {
    int status = 0;
    pid_t ended = waitpid(process, &status, WNOHANG);
    return ended == process ? 1 : ended == 0 ? 0 : -1;
}

int chn_may_write(const char *folder, const char *file, uint32_t user, uint32_t group, int becomes) {
    // Only the child becomes somebody else, so nothing has to be taken back.
    pid_t process = fork();
    if (process < 0) return -1;
    if (process == 0) {
        if (becomes ? chn_become(user, group) != 0 : chn_limit_capabilities(0) != 0) _exit(2);
        if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0) _exit(1);
        _exit(faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) != 0 && errno != ENOENT);
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int chn_signal_descriptor(int with_user_signal) {
    signal(SIGPIPE, SIG_IGN);
    // A limit on the size of files (ulimit -f) is an error of write(2), and no reason to die.
    signal(SIGXFSZ, SIG_IGN);
    const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < (with_user_signal ? 4 : 3); index++) {
        // What the parent chose to ignore (nohup, a shell's background jobs) stays ignored: a blocked signal would
        // be delivered here all the same.
        struct sigaction present;
        if (sigaction(watched[index], NULL, &present) == 0 && present.sa_handler == SIG_IGN) continue;
        sigaddset(&set, watched[index]);
    }
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int chn_take_signal(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t count = read(descriptor, &information, sizeof information);
    return count == sizeof information ? (int)information.ssi_signo : 0;
}

#endif
