#ifndef C_HOST_NETWORK_H
#define C_HOST_NETWORK_H
// System calls and macros that Swift's Glibc module does not show.
#endif
