"""The end of each pack: the hash of all that comes before it, in a frame that zstd passes over (RFC 8878, 3.1.2).

Without it some flipped bits change nothing but what a reader allows for, and nobody would know that the disk lies.
"""

import os

from blake3 import blake3

_CHUNK_BYTES = 2**20
_START = (0x184D2A5E).to_bytes(4, "little") + (32).to_bytes(4, "little")
SEAL_BYTES = len(_START) + 32


def seal(digest: bytes) -> bytes:
    """Return what ends a pack whose BLAKE3 hash so far is `digest`."""
    return _START + digest


def is_intact(path: str) -> bool:
    """Whether a pack is what was written, to the bit. Raises OSError."""
    hasher = blake3()
    with open(path, "rb", buffering=0) as packed:  # noqa: PTH123
        left_bytes = os.fstat(packed.fileno()).st_size - SEAL_BYTES
        while left_bytes > 0 and (chunk := packed.read(min(left_bytes, _CHUNK_BYTES))):
            hasher.update(chunk)
            left_bytes -= len(chunk)
        return packed.read(SEAL_BYTES + 1) == seal(hasher.digest())
