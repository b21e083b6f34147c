#include "CHostNetwork.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// Of idn2.h, which need not be there: IDN2_NFC_INPUT and IDN2_NONTRANSITIONAL; IDN2_OK is 0.
enum { CHN_IDN2_FLAGS = 1 | 8 };

typedef int (*chn_idn2_convert)(const char *, char **, int);
typedef void (*chn_idn2_free)(void *);

int chn_ascii_name(const char *name, char *ascii, uint64_t capacity) {
    // It stays loaded: whoever asks once asks again.
    void *library = dlopen("libidn2.so.0", RTLD_NOW);
    if (!library) return -1;
    chn_idn2_convert convert = (chn_idn2_convert)dlsym(library, "idn2_to_ascii_8z");
    chn_idn2_free release = (chn_idn2_free)dlsym(library, "idn2_free");
    char *found = NULL;
    if (!convert || !release || convert(name, &found, CHN_IDN2_FLAGS) != 0) return -1;
    size_t length = strlen(found);
    int fits = length < capacity;
    if (fits) memcpy(ascii, found, length + 1);
    release(found);
    return fits ? (int)length : -1;
}
