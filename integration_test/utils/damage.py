"""damage.py FROM TO KIND NUMBER: a copy of an artifact with one thing wrong.

flip N: the byte at offset N (from the end, if negative) has another value; version N,
abi N, count N: the footer (the last 72 bytes; runtime/include/cortex/artifact.h) says
another version, or another number of variants.
"""

import struct
import sys

source, target, kind, number = sys.argv[1:5]
data = bytearray(open(source, "rb").read())
footer = len(data) - 72
if kind == "flip":
    data[int(number)] ^= 0x55
elif kind == "version":
    struct.pack_into("<I", data, footer + 8, int(number))
elif kind == "count":
    struct.pack_into("<Q", data, footer + 48, int(number))
elif kind == "abi":
    struct.pack_into("<I", data, footer + 12, int(number))
else:
    sys.exit("unknown kind " + kind)
open(target, "wb").write(data)
