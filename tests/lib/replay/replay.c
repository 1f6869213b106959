/* SPDX-License-Identifier: MIT */
/* replay.c: main of a fuzz target outside libFuzzer: gives it each file named, once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len_bytes);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long len = -1;
    int rc = 1;
    if (f && !fseek(f, 0, SEEK_END))
        len = ftell(f);
    if (len >= 0 && !fseek(f, 0, SEEK_SET))
        data = malloc((size_t)len + 1);
    if (data && fread(data, 1, (size_t)len, f) == (size_t)len) {
        LLVMFuzzerTestOneInput(data, (size_t)len);
        rc = 0;
    }
    if (rc)
        fprintf(stderr, "%s: cannot read\n", path);
    free(data);
    if (f)
        fclose(f);
    return rc;
}

int main(int argc, char **argv)
{
    int bad = argc < 2;
    for (int i = 1; i < argc; i++)
        bad |= replay(argv[i]);
    return bad;
}
