#ifndef C_SCENARIOS_H
#define C_SCENARIOS_H

#include <stdint.h>

// A file of scenarios, as it stands in Sources/FirewallLab/Scenarios.
struct csc_file {
    const char *name;
    const unsigned char *bytes;
    uint64_t count;
};

int csc_file_count(void);
// - index: from 0 to below the count.
struct csc_file csc_file_at(int index);
// Whether the text stands anywhere in it.
int csc_file_has(int index, const char *text);

#endif
