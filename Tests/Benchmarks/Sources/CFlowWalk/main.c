// Walks a pcap file of Ethernet frames with a hash table of flows: what finding the conversations of a capture costs
// when nothing is made of them. Microseconds, this machine's byte order; neither VLAN tags, IPv6 extension headers nor
// fragments.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, TCP = 6, UDP = 17 };

struct key {
    // The lower endpoint first, so that both directions are one flow. IPv4 stands in the first word alone.
    uint64_t lower[2], upper[2];
    uint16_t lower_port, upper_port;
    uint8_t protocol, version;
    uint16_t padding;
};

struct flow {
    struct key key;
    uint32_t packets;
    uint8_t first_flags, flags;
    uint64_t bytes, first, last;
};

static struct flow *flows;
static size_t slots = 1 << 16, used;

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static uint32_t word(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static uint64_t mix(uint64_t value) {
    value ^= value >> 29;
    value *= 0xBF58476D1CE4E5B9ull;
    return value ^ value >> 32;
}

static uint64_t hash(const struct key *key) {
    uint64_t value = (key->lower[0] ^ key->lower[1]) * 0x9E3779B97F4A7C15ull;
    value = mix(value + (key->upper[0] ^ key->upper[1])) * 0xD6E8FEB86659FD93ull;
    return mix(value + ((uint64_t)key->lower_port << 24 | (uint64_t)key->upper_port << 8 | key->protocol));
}

static struct flow *find(struct flow *table, size_t count, const struct key *key) {
    size_t slot = hash(key) & (count - 1);
    while (table[slot].packets && memcmp(&table[slot].key, key, sizeof *key) != 0) slot = (slot + 1) & (count - 1);
    return &table[slot];
}

static struct flow *allocate(size_t count) {
    struct flow *table = calloc(count, sizeof *table);
    if (!table) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    return table;
}

static void grow(void) {
    struct flow *larger = allocate(slots * 2);
    for (size_t slot = 0; slot < slots; slot++) {
        if (flows[slot].packets) *find(larger, slots * 2, &flows[slot].key) = flows[slot];
    }
    free(flows);
    flows = larger;
    slots *= 2;
}

static void walk(const uint8_t *frame, uint32_t length, uint32_t original, uint64_t at) {
    struct key key = {0};
    uint64_t source[2] = {0}, destination[2] = {0};
    const uint8_t *ip = frame + 14, *end = frame + length, *transport;
    if (length < 14 + 20) return;
    switch (get16(frame + 12)) {
    case 0x0800:
        if (ip[0] >> 4 != 4) return;
        key.version = 4;
        key.protocol = ip[9];
        source[0] = word(ip + 12);
        destination[0] = word(ip + 16);
        transport = ip + (ip[0] & 15) * 4;
        break;
    case 0x86DD:
        if (length < 14 + 40) return;
        key.version = 6;
        key.protocol = ip[6];
        memcpy(source, ip + 8, 16);
        memcpy(destination, ip + 24, 16);
        transport = ip + 40;
        break;
    default: return;
    }
    if (key.protocol != TCP && key.protocol != UDP) return;
    if (end - transport < (key.protocol == TCP ? 20 : 8)) return;
    uint16_t source_port = get16(transport), destination_port = get16(transport + 2);
    int order = memcmp(source, destination, 16);
    int forward = order ? order < 0 : source_port <= destination_port;
    memcpy(key.lower, forward ? source : destination, 16);
    memcpy(key.upper, forward ? destination : source, 16);
    key.lower_port = forward ? source_port : destination_port;
    key.upper_port = forward ? destination_port : source_port;

    uint8_t flags = key.protocol == TCP ? transport[13] : 0;
    struct flow *flow = find(flows, slots, &key);
    if (!flow->packets) {
        if (++used > slots / 2) {
            grow();
            flow = find(flows, slots, &key);
        }
        flow->key = key;
        flow->first = at;
        flow->first_flags = flags;
    }
    flow->packets++;
    flow->bytes += original;
    flow->flags |= flags;
    flow->last = at;
}

int main(int count, char **arguments) {
    struct stat status;
    int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size < FILE_HEADER) {
        fprintf(stderr, "usage: CFlowWalk FILE.pcap\n");
        return 64;
    }
    size_t size = (size_t)status.st_size, packets = 0;
    const uint8_t *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED || word(bytes) != 0xA1B2C3D4 || word(bytes + 20) != 1) {
        fprintf(stderr, "not a pcap file of Ethernet frames in microseconds\n");
        return 66;
    }
    madvise((void *)bytes, size, MADV_SEQUENTIAL);
    flows = allocate(slots);
    for (size_t at = FILE_HEADER; size - at >= RECORD_HEADER;) {
        const uint8_t *record = bytes + at;
        uint32_t length = word(record + 8);
        if (size - at - RECORD_HEADER < length) break;
        walk(record + RECORD_HEADER, length, word(record + 12), word(record) * 1000000ull + word(record + 4));
        at += RECORD_HEADER + length;
        packets++;
    }
    printf("%zu packets, %zu flows\n", packets, used);
    return 0;
}
