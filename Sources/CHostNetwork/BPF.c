#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CHostNetwork.h"

#if defined(__linux__)

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int chn_bpf(int command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int chn_bpf_map(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = type;
    attributes.key_size = key_size;
    attributes.value_size = value_size;
    attributes.max_entries = entries;
    return chn_bpf(BPF_MAP_CREATE, &attributes);
}

int chn_bpf_hash(uint32_t key_size, uint32_t value_size, uint32_t entries) {
    return chn_bpf_map(BPF_MAP_TYPE_HASH, key_size, value_size, entries);
}

int chn_bpf_ring_buffer(uint32_t bytes) { return chn_bpf_map(BPF_MAP_TYPE_RINGBUF, 0, 0, bytes); }

int chn_bpf_set(int map, const void *key, const void *value) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)map;
    attributes.key = (uint64_t)(uintptr_t)key;
    attributes.value = (uint64_t)(uintptr_t)value;
    return chn_bpf(BPF_MAP_UPDATE_ELEM, &attributes);
}

int chn_bpf_load_raw_tracepoint(
    const uint64_t *instructions, uint32_t count, const char *license, char *log, uint32_t log_size) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.insn_cnt = count;
    attributes.license = (uint64_t)(uintptr_t)license;
    strncpy(attributes.prog_name, "stallpoint_drop", sizeof attributes.prog_name - 1);
    if (log_size > 0) {
        attributes.log_buf = (uint64_t)(uintptr_t)log;
        attributes.log_size = log_size;
        attributes.log_level = 1;
    }
    return chn_bpf(BPF_PROG_LOAD, &attributes);
}

int chn_bpf_attach_raw_tracepoint(const char *name, int program) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.raw_tracepoint.name = (uint64_t)(uintptr_t)name;
    attributes.raw_tracepoint.prog_fd = (uint32_t)program;
    return chn_bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

uint64_t chn_acquire_64(const void *address) { return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE); }

uint32_t chn_acquire_32(const void *address) { return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE); }

void chn_release_64(void *address, uint64_t value) {
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}

#endif
