#ifndef C_PACKET_SENDER_H
#define C_PACKET_SENDER_H

#include <stdint.h>

// Sends so many TCP segments of so many bytes out of an interface, at a rate (0: as fast as it goes), spread over so many
// conversations. Meant for one end of a veth pair in a network namespace of its own. Returns how many were sent, or -1 and
// errno.
int64_t cps_send(const char *interface, double rate, int64_t count, int length, uint32_t conversations);

// Starts a program with its error output going to a descriptor; the number of the process, or -1.
int cps_start(const char *const *arguments, int error);
// Waits for it; its processor time in microseconds, or -1.
int64_t cps_wait(int process, int *status);

#endif
