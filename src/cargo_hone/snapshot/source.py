"""One snapshot's content out of a remote: unpacked and hashed, each blob by one request where its size is known."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import msgspec

from cargo_hone.errors import Unavailable
from cargo_hone.snapshot import bundles, parts
from cargo_hone.snapshot.bundles import Bundle
from cargo_hone.snapshot.manifest import File, Natural
from cargo_hone.snapshot.parts import Spoilt
from cargo_hone.snapshot.remote import Remote
from cargo_hone.snapshot.store import Store
from cargo_hone.snapshot.transfers import Tally

_LARGE_THREADS = 4
_MOST_INTEGER_BYTES = 9
T = TypeVar("T")


class Sizes:
    """How long the bundles and blobs of a snapshot are in a remote (bytes), as far as it is `known`.

    A hint: who believes it reads too little of what is longer, finds it damaged, and reads all of it.
    """

    def __init__(self, some: Sequence[Bundle], alone: Sequence[File]) -> None:
        self.names = [bundle.name for bundle in some]
        self.names += [name for file in alone for name in parts.names(file)]
        self.known: dict[str, int] = {}

    def encoded(self) -> bytes:
        """Write it down, in the order of `names`."""
        return msgspec.msgpack.encode([self.known.get(name, 0) for name in self.names])

    def read(self, remote: Remote, name: str) -> None:
        """Read what was written down there, if it fits. Raises Unavailable where the remote does not answer."""
        limit_bytes = _MOST_INTEGER_BYTES * (len(self.names) + 1)
        found = remote.get(name, limit_bytes=limit_bytes)
        try:
            sizes = msgspec.msgpack.decode(found or b"", type=list[Natural])
        except msgspec.MsgspecError:
            return
        if len(sizes) == len(self.names):
            pairs = zip(self.names, sizes, strict=True)
            self.known = {name: size for name, size in pairs if size > 0}


class Source:
    """A remote that has one snapshot's content."""

    def __init__(self, remote: Remote, sizes: Sizes) -> None:
        self._remote = remote
        self._sizes = sizes

    def bundle(self, bundle: Bundle) -> tuple[int, Iterator[tuple[File, bytes]]]:
        """Return how long a bundle is there, and its files, each with its content as it is asked for.

        Raises Unavailable, then also while they are.
        """
        try:
            packed, content = self._fetched(
                bundle.name,
                bundle.most_bytes,
                lambda found: parts.unpacked_frame(found, bundle.size_bytes),
            )
        except Spoilt as error:
            raise self._refused(bundle.digest, error) from error
        return len(packed), self._members(bundle, content)

    def file(self, store: Store, file: File, *, linkable: bool, tally: Tally) -> None:
        """Bring a file that travels alone into the store. Raises Unavailable, OSError."""
        try:
            with (
                parts.Arriving(store, file, linkable=linkable) as arriving,
                ThreadPoolExecutor(_LARGE_THREADS) as pool,
            ):
                for packed, content in self._parts(file, pool):
                    arriving.add(packed, content)
                    tally.moved(len(packed))
                arriving.close()
        except Spoilt as error:
            raise self._refused(file.digest, error) from error

    def _parts(self, file: File, pool: ThreadPoolExecutor) -> Iterator[tuple[bytes, bytes]]:
        """Yield a file's parts, packed and unpacked; a few ahead, so that memory does not grow with the file."""
        count = len(parts.names(file))
        if count == 1:
            yield self._part(file, 0)
            return
        coming: deque[Future[tuple[bytes, bytes]]] = deque()
        for number in range(count):
            if len(coming) == _LARGE_THREADS:
                yield coming.popleft().result()
            coming.append(pool.submit(self._part, file, number))
        while coming:
            yield coming.popleft().result()

    def _part(self, file: File, number: int) -> tuple[bytes, bytes]:
        return self._fetched(
            parts.names(file)[number],
            parts.most_bytes(file, number),
            lambda found: parts.unpacked(file, number, found),
        )

    def _members(self, bundle: Bundle, content: bytes) -> Iterator[tuple[File, bytes]]:
        try:
            yield from bundles.members(bundle, content)
        except Spoilt as error:
            raise self._refused(bundle.digest, error) from error

    def _fetched(
        self, name: str, limit_bytes: int, unpack: Callable[[bytes], T]
    ) -> tuple[bytes, T]:
        size_bytes = self._sizes.known.get(name)
        if size_bytes is not None and size_bytes <= limit_bytes:
            packed = self._remote.get_start(name, size_bytes=size_bytes)
            try:
                if packed is not None:
                    return packed, unpack(packed)
            except Spoilt:
                # It was sent again, and is longer now.
                pass
        packed = self._remote.get(name, limit_bytes=limit_bytes)
        if packed is None:
            raise Spoilt("is missing")
        return packed, unpack(packed)

    def _refused(self, digest: bytes, why: object) -> Unavailable:
        return Unavailable(
            f"the content {digest.hex()[:16]}… in {self._remote.shown} {why}",
            next_step="from a machine that has the snapshot: cargo hone snapshot push --again; or build without it",
        )
