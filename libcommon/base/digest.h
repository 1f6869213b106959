/* SPDX-License-Identifier: MIT */
/* digest.h: CRC32C (Castagnoli) for damage, SHA-256 (nettle) for identity. */
#ifndef AVO_BASE_DIGEST_H
#define AVO_BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

/* CRC32C of data appended to what crc covers; start with 0. SSE4.2 where there is one. */
uint32_t avo_crc32c(uint32_t crc, const void *data, size_t len_bytes);
/* The same by tables alone, as on other processors; tests hold the two against each other. */
uint32_t avo_crc32c_portable(uint32_t crc, const void *data, size_t len_bytes);

struct avo_digest { struct sha256_ctx ctx; };
void avo_digest_init(struct avo_digest *d);
void avo_digest_add(struct avo_digest *d, const void *data, size_t len_bytes);
/* Lower-case hex of the first 16 bytes (32 digits and NUL): what ids and END records hold. */
void avo_digest_hex(struct avo_digest *d, char out[33]);

#endif
