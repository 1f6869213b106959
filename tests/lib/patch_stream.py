# SPDX-License-Identifier: MIT
"""patch_stream.py IN OUT FROM TO: a record stream with the one place that holds FROM holding TO, of
the same length, and every checksum as it must be."""
import struct
import sys

from avosignal import pad64

TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82F63B78 if _n & 1 else 0)
    TABLE.append(_n)


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def main():
    source, to, old, new = sys.argv[1:]
    old, new = old.encode().decode("unicode_escape").encode(), \
        new.encode().decode("unicode_escape").encode()
    with open(source, "rb") as f:
        data = bytearray(f.read())
    assert data.count(old) == 1 and len(old) == len(new), (data.count(old), old, new)
    place = data.index(old)
    data[place:place + len(new)] = new
    at, heads = 64, 0
    while at < len(data):
        kind, length = struct.unpack_from("<I12xQ", data, at)
        body = at + 64
        if kind == 7:
            struct.pack_into("<I", data, body + 16, heads)
        if kind == 7 or body <= place < body + length:
            struct.pack_into("<I", data, at + 24, crc32c(data[body:body + length]))
            struct.pack_into("<I", data, at + 60, crc32c(data[at:at + 60]))
        heads = crc32c(data[at:at + 60], heads)
        at = body + pad64(length)
    with open(to, "wb") as f:
        f.write(data)


main()
