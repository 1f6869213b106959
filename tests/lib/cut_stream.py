# SPDX-License-Identifier: MIT
"""cut_stream.py STREAM FOLDER: copies of a stream that end too early or are damaged.

For the last two records (END and one before it): FOLDER/cut.N ends before it, FOLDER/half.N ends
in its payload, FOLDER/flip.N has a bit changed in its head.
"""
import os
import struct
import sys


def heads(data):
    at = 64
    while at < len(data):
        yield at
        payload = struct.unpack_from("<Q", data, at + 16)[0]
        at += 64 + (payload + 63) // 64 * 64


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)

    def write(name, content):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content)

    for i, at in enumerate(list(heads(data))[-2:], 1):
        write("cut.%d" % i, data[:at])
        write("half.%d" % i, data[:at + 64 + 1])
        damaged = bytearray(data)
        damaged[at + 21] ^= 4
        write("flip.%d" % i, bytes(damaged))


main()
