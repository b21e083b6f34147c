#define _GNU_SOURCE
#include "CPacketSender.h"

#if defined(__linux__)

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, LONGEST = 1514 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

// Ethernet, IPv4, and an ACK with data from 10.x.y.1 to 10.9.0.2: addresses that exist nowhere in the namespace.
static void fill(uint8_t *frame, int length) {
    memset(frame, 0, LONGEST);
    frame[0] = frame[6] = 2;
    frame[5] = 2;
    frame[11] = 1;
    put16(frame + 12, 0x0800);
    frame[14] = 0x45;
    put16(frame + 16, (uint32_t)length - 14);
    frame[22] = 64;
    frame[23] = 6;
    put32(frame + 26, 0x0A000001);
    put32(frame + 30, 0x0A090002);
    put16(frame + 36, 443);
    frame[46] = 0x50;
    frame[47] = 0x10;
    put16(frame + 48, 501);
}

int64_t cps_send(const char *interface, double rate, int64_t count, int length, uint32_t conversations) {
    if (length < 60) length = 60;
    if (length > LONGEST) length = LONGEST;
    if (conversations == 0) conversations = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int yes = 1;
    setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    static uint8_t frames[BATCH][LONGEST];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        fill(frames[i], length);
        parts[i] = (struct iovec){.iov_base = frames[i], .iov_len = (size_t)length};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    double start = now();
    int64_t sent = 0;
    while (sent < count) {
        for (int i = 0; i < BATCH; i++) {
            uint32_t number = (uint32_t)((sent + i) % conversations);
            frames[i][27] = (uint8_t)(number >> 22);
            frames[i][28] = (uint8_t)(number >> 14);
            put16(frames[i] + 34, 0x8000 | (number & 0x3FFF));
            put32(frames[i] + 38, (uint32_t)((sent + i) / conversations) * (uint32_t)(length - 54));
        }
        unsigned batch = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
        int done = sendmmsg(descriptor, messages, batch, 0);
        if (done < 0) {
            if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) continue;
            close(descriptor);
            return -1;
        }
        sent += done;
        if (rate <= 0) continue;
        double ahead = start + (double)sent / rate - now();
        if (ahead > 2e-4) {
            struct timespec pause = {.tv_sec = (time_t)ahead, .tv_nsec = (long)((ahead - (double)(time_t)ahead) * 1e9)};
            nanosleep(&pause, NULL);
        }
    }
    close(descriptor);
    return sent;
}

int cps_start(const char *const *arguments, int error) {
    pid_t process = fork();
    if (process != 0) return process;
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(error, 2) < 0) _exit(126);
    execvp(arguments[0], (char *const *)arguments);
    _exit(127);
}

int64_t cps_wait(int process, int *status) {
    struct rusage usage;
    int ended = 0;
    while (wait4(process, &ended, 0, &usage) < 0) {
        if (errno != EINTR) return -1;
    }
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
    return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

#endif
