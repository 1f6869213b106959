/* SPDX-License-Identifier: MIT */
/* utf8.c: characters of UTF-8 text. */
#include "libcommon/base/utf8.h"

#include <string.h>

size_t avo_utf8_length(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3
               : s[0] < 0xF5 ? 4 : 0;
    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return len;
}

bool avo_utf8_ok(const char *s, size_t len, const char *allow)
{
    for (size_t i = 0, k; i < len; i += k) {
        if (!(k = avo_utf8_length(s + i, len - i)))
            return false;
        unsigned char c = (unsigned char)s[i];
        if ((c < 32 || c == 127) && (c == 0 || (allow && !strchr(allow, c))))
            return false;
    }
    return true;
}
