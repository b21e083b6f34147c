#ifndef C_HOST_NETWORK_H
#define C_HOST_NETWORK_H

// System calls and macros that Swift's Glibc module does not show: epoll, the socket error queue with its control
// messages, capabilities, signalfd. Plain structs in and out; nothing here decides anything.

#include <stdint.h>

// --- names in other scripts ---
// Writes the name as DNS has it, with a zero behind it, and returns its length; -1 where it is none, is longer, or the
// system has no libidn2.
int chn_ascii_name(const char *name, char *ascii, uint64_t capacity);

#if defined(__linux__)

// --- epoll ---
struct chn_event {
    uint64_t token;
    uint32_t events;
};
int chn_epoll_create(void);
int chn_epoll_set(int epoll, int descriptor, uint64_t token, int readable, int writable, int is_new);
int chn_epoll_remove(int epoll, int descriptor);
// The timeout is in nanoseconds; negative waits for ever.
int chn_epoll_wait(int epoll, struct chn_event *events, int capacity, int64_t timeout);
uint32_t chn_epoll_readable(void);
uint32_t chn_epoll_writable(void);
uint32_t chn_epoll_failed(void);

// --- the error queue (ip(7), IP_RECVERR) ---
struct chn_error {
    int32_t number;
    // SO_EE_ORIGIN_*: 1 local, 2 ICMP, 3 ICMPv6
    uint8_t origin;
    uint8_t type;
    uint8_t code;
    // AF_INET, AF_INET6 or 0
    uint8_t sender_family;
    uint32_t info;
    uint8_t sender[16];
    // TTL or hop limit with which the ICMP packet arrived; -1 unknown
    int32_t time_to_live;
    // The first bytes of our own packet, from its transport header on, as far as the error quotes it.
    uint8_t quoted[16];
    uint32_t quoted_length;
};
// 1 an entry was read, 0 the queue is empty, -1 errno.
int chn_error_queue_next(int descriptor, struct chn_error *entry);
int chn_set_error_queue(int descriptor, int family, int enabled);

// Receives one datagram with the TTL it arrived with (-1 unknown) and its source; returns as recvmsg does.
int64_t chn_receive(
    int descriptor, void *buffer, uint64_t capacity, int32_t *time_to_live, uint8_t source[16], uint8_t *source_family);

// Sends one datagram to an address without a port (ICMP); returns as sendto does.
int64_t chn_send_to_address(int descriptor, const void *bytes, uint64_t count, const uint8_t *address, int family, uint32_t scope);

// --- processors ---
// Those that this process may run on; 0 where the kernel does not say.
int chn_processor_count(void);

// --- privileges ---
int chn_ipv6_auto_flow_label(void);
int chn_set_no_new_privileges(void);
int chn_get_capabilities(uint64_t *effective, uint64_t *permitted);
// Keeps only these, in every set.
int chn_limit_capabilities(uint64_t kept);
int chn_become(uint32_t user, uint32_t group);
// Whether a process could make or replace this file after it has given up its rights: as that user, or as it is and without
// capabilities. 1, 0, or -1 and errno. Called before the first thread.
int chn_may_write(const char *folder, const char *file, uint32_t user, uint32_t group, int becomes);
// Whether one of the process's groups lies within.
int chn_has_group_between(uint32_t lowest, uint32_t highest);

// Starts a program with an empty environment but for PATH, without any open descriptor of this process but `input` and
// `output` as 0 and 1 (2 goes to /dev/null), with default signals, and with no more than `kept` of the capabilities, which
// it hands on to what it starts. Returns its process number, or -1 and errno. Called before the first thread.
int chn_start_confined(const char *const *arguments, const char *path, int input, int output, uint64_t kept);
// 1 it has ended and is gone, 0 it runs, -1 errno.
int chn_collect(int process);

// --- what must be removed at the end ---
// Starts a process that removes an empty directory as soon as the returned descriptor is closed everywhere, which is also
// when this process ends, however it ends. It keeps this process's rights and does nothing else. -1 and errno.
int chn_remove_directory_at_end(const char *path, int *process);

// --- BPF (bpf(2)): a descriptor, or -1 and errno ---
int chn_bpf_hash(uint32_t key_size, uint32_t value_size, uint32_t entries);
int chn_bpf_ring_buffer(uint32_t bytes);
int chn_bpf_set(int map, const void *key, const void *value);
// The log is text for people, filled where the kernel refuses the program.
int chn_bpf_load_raw_tracepoint(
    const uint64_t *instructions, uint32_t count, const char *license, char *log, uint32_t log_size);
int chn_bpf_attach_raw_tracepoint(const char *name, int program);
// What the kernel and a reader tell each other in shared memory.
uint64_t chn_acquire_64(const void *address);
uint32_t chn_acquire_32(const void *address);
void chn_release_64(void *address, uint64_t value);

// --- signals ---
// Blocks SIGINT, SIGTERM and SIGHUP, and SIGUSR1 if asked, for this and later threads and gives a descriptor that reads
// them; ignores SIGPIPE and SIGXFSZ.
int chn_signal_descriptor(int with_user_signal);
// The number of a signal that came, or 0.
int chn_take_signal(int descriptor);

#endif

#endif
