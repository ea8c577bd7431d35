"""A manifest's files in a store, cut into pages that snapshots share: a save after an edit writes only a few anew.

    pages/<hash>    zstd-packed MessagePack of some files' records, named by the BLAKE3 hash of just that

Where a page ends follows from the names of files alone, so that one more file changes one page. A page whose hash is
wrong (the power failed) counts as missing, and the next save writes it anew.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import zstandard
from blake3 import blake3

from cargo_hone.files import appearing, operation
from cargo_hone.snapshot.cuts import cut
from cargo_hone.snapshot.manifest import (
    MAX_PACKED_BYTES,
    MAX_UNPACKED_BYTES,
    File,
    Manifest,
    check,
    explained,
    unpacked,
)

_LEVEL = 3
_MEAN_FILES = 256


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages in `directory`, which is made where there is a first one; `partial` names what is being written."""

    directory: str
    partial: Callable[[], str]

    def taken_out(self, manifest: Manifest) -> tuple[Manifest, int]:
        """Return the manifest with pages in place of files, and the bytes that this added here. Raises OSError."""
        if not os.path.lexists(self.directory):
            with contextlib.suppress(FileExistsError):
                operation.mkdir(self.directory)
        compressor = zstandard.ZstdCompressor(level=_LEVEL)
        digests: list[bytes] = []
        added_bytes = 0
        for files in cut(((file, file.path, 0) for file in manifest.files), _MEAN_FILES, 0):
            packed = compressor.compress(msgspec.msgpack.encode(files))
            digest = blake3(packed).digest()
            digests.append(digest)
            added_bytes += self._keep(self.path(digest), packed)
        return msgspec.structs.replace(manifest, files=(), pages=tuple(digests)), added_bytes

    def decode(self, packed: bytes, *, name: str) -> Manifest:
        """Unpack and check a manifest whose files may lie here. Raises UsageProblem where that cannot be."""
        with explained(name):
            manifest = unpacked(packed)
            if manifest.pages:
                files = tuple(file for page in self._read(manifest.pages) for file in page)
                manifest = msgspec.structs.replace(manifest, files=files, pages=())
            check(manifest)
        return manifest

    def named(self, packed: bytes, *, name: str) -> frozenset[str]:
        """The paths of the pages that a manifest has. Raises UsageProblem where it is damaged."""
        with explained(name):
            return frozenset(map(self.path, unpacked(packed).pages))

    def is_spoilt(self, path: str) -> bool:
        """Whether a page is there, with other content than its name says."""
        packed = _content(path)
        return packed is not None and blake3(packed).hexdigest() != os.path.basename(path)  # noqa: PTH119

    def path(self, digest: bytes) -> str:
        """Where a page lies."""
        return f"{self.directory}/{digest.hex()}"

    def _keep(self, goal: str, packed: bytes) -> int:
        if _content(goal) == packed:
            return 0
        appearing.write(self.partial(), goal, packed)
        return len(packed)

    def _read(self, digests: Sequence[bytes]) -> Iterator[tuple[File, ...]]:
        decompressor = zstandard.ZstdDecompressor()
        left_bytes = MAX_UNPACKED_BYTES
        for digest in digests:
            packed = _content(self.path(digest))
            if packed is None or blake3(packed).digest() != digest:
                raise ValueError("a page of it is missing or damaged")
            size_bytes = zstandard.frame_content_size(packed)
            if not 0 <= size_bytes <= left_bytes:
                raise ValueError("it says that it unpacks to too much")
            left_bytes -= size_bytes
            raw = decompressor.decompress(packed, max_output_size=size_bytes)
            yield msgspec.msgpack.decode(raw, type=tuple[File, ...])


def _content(path: str) -> bytes | None:
    """What is in a page; None where there is none."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123
        return file.read(MAX_PACKED_BYTES)
    return None
