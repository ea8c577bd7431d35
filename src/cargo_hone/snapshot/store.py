"""The store: content by its hash, manifests by project. Many processes may save, restore and prune at once.

    lock                        shared by who saves or restores, exclusive for who prunes
    packs/<2>/<hash>            zstd-packed content, named by its BLAKE3 hash; or that of several small files, named by
                                the hash of theirs (see `bundles`); each ends with a seal
    objects/<2>/<hash>          plain files that target directories may link to, named by content, mtime and mode
    manifests/<project>/<id>    manifests; the file's mtime is its last use
    pages/<hash>                the files of manifests, as far as snapshots have them in common
    aside/                      objects that were found changed
    partial/                    what is being written

Whatever stands under its final name is whole: it came there by a rename or a link. Nothing is forced to the disk but
manifests, so after a power failure content may be missing or wrong: it is hashed before cargo sees it.
"""

import contextlib
import itertools
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from cargo_hone.errors import UsageProblem
from cargo_hone.files import atomic, operation
from cargo_hone.files.failure import explained
from cargo_hone.files.lock import locked
from cargo_hone.snapshot.manifest import Manifest, decode_head, encode
from cargo_hone.snapshot.pages import Pages

_FORM = b"1\n"
_WAIT_S = 600.0
_PROJECT = re.compile(r"[0-9a-f]{16}")
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
_MINE = secrets.token_hex(8)
"""Two machines may have processes of one number at work in one store."""
_written = itertools.count()
TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This file is a cache directory tag created by cargo-hone.\n"
    b"# For information about cache directory tags see https://bford.info/cachedir/\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A manifest in the store. `used_ns` is its last use.

    `packed_bytes` is how long its file is; of one that was just put there, with the pages that this added.
    """

    project: str
    id: str
    path: Path
    used_ns: int
    packed_bytes: int


@dataclass(frozen=True, slots=True)
class Store:
    """A store below `root`; made by `open_store`."""

    root: Path

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Keep everybody from pruning while the block runs. Raises Busy, Unavailable."""
        with locked(self.root / "lock", wait_s=_WAIT_S, shared=True):
            yield

    @contextlib.contextmanager
    def exclusive(self, *, wait_s: float = _WAIT_S) -> Iterator[None]:
        """Keep everybody out while the block runs. Raises Busy, Unavailable."""
        with locked(self.root / "lock", wait_s=wait_s):
            yield

    def pack_path(self, digest: bytes) -> str:
        """Where content lies packed."""
        name = digest.hex()
        return f"{self.root}/packs/{name[:2]}/{name}"

    def object_path(self, key: bytes) -> str:
        """Where a plain file lies; `key` is `object_key`'s."""
        name = key.hex()
        return f"{self.root}/objects/{name[:2]}/{name}"

    def partial(self) -> str:
        """A name for something that is being written: nobody else's."""
        return f"{self.root}/partial/{os.getpid()}-{_MINE}-{next(_written)}"

    def set_aside(self, path: str) -> None:
        """Take a damaged pack or object out of the way, for whoever wants to look at it."""
        with explained("set aside", Path(path)), contextlib.suppress(FileNotFoundError):
            operation.rename(path, self.root / "aside" / Path(path).name)

    def manifests(self, project: str | None = None) -> tuple[Saved, ...]:
        """All manifests (of one project), the last used first. What has other names is passed over."""
        found: list[Saved] = []
        for directory in _children(self.root / "manifests"):
            if not _PROJECT.fullmatch(directory.name) or project not in {None, directory.name}:
                continue
            for path in _children(directory):
                with contextlib.suppress(FileNotFoundError):
                    status = path.lstat()
                    if _ID.fullmatch(path.name):
                        found.append(
                            Saved(
                                project=directory.name,
                                id=path.name,
                                path=path,
                                used_ns=status.st_mtime_ns,
                                packed_bytes=status.st_size,
                            )
                        )
        return tuple(sorted(found, key=lambda one: (-one.used_ns, one.id)))

    def named(self, start: str) -> Saved:
        """The one manifest whose id begins like that. Raises UsageProblem where there is none, or several."""
        found = [one for one in self.manifests() if one.id.startswith(start)]
        if len(found) != 1:
            begin = "snapshot begins" if len(found) == 0 else "snapshots begin"
            raise UsageProblem(
                f"{len(found) or 'no'} {begin} with {start!r}",
                next_step="see which there are: cargo hone snapshot list",
            )
        return found[0]

    def load(self, saved: Saved) -> Manifest:
        """Read a manifest. Raises UsageProblem where it is damaged, Unavailable where it cannot be read."""
        return self._pages.decode(self._packed(saved), name=saved.id)

    def load_head(self, saved: Saved) -> Manifest:
        """Read of a manifest what there is to choose by. Raises as `load` does."""
        return decode_head(self._packed(saved), name=saved.id)

    def page_paths(self, saved: Saved) -> frozenset[str]:
        """Where the pages of a manifest lie. Raises as `load` does."""
        return self._pages.named(self._packed(saved), name=saved.id)

    def spoilt_pages(self, saved: Saved) -> tuple[str, ...]:
        """Where pages of a manifest lie that are not what they were; none where it cannot be told."""
        with contextlib.suppress(UsageProblem):
            return tuple(sorted(filter(self._pages.is_spoilt, self.page_paths(saved))))
        return ()

    @property
    def _pages(self) -> Pages:
        return Pages(f"{self.root}/pages", self.partial)

    def _packed(self, saved: Saved) -> bytes:
        packed = atomic.read(saved.path)
        if packed is None:
            raise UsageProblem(
                f"the snapshot {saved.id} is not there any more",
                next_step="see which there are: cargo hone snapshot list",
            )
        return packed

    def put_manifest(self, manifest: Manifest, *, id_: str) -> Saved:
        """Keep a manifest, whose content must be in the store. Raises Unavailable."""
        with explained("write into", self.root):
            short, added_bytes = self._pages.taken_out(manifest)
        packed = encode(short)
        path = self.root / "manifests" / manifest.project / id_
        atomic.create_parents(path)
        atomic.replace(path, packed)
        return Saved(
            project=manifest.project,
            id=id_,
            path=path,
            used_ns=path.stat().st_mtime_ns,
            packed_bytes=len(packed) + added_bytes,
        )

    def touch(self, saved: Saved, now_ns: int) -> None:
        """Note that a snapshot was used; in a store that cannot be written nothing is noted."""
        with contextlib.suppress(OSError):
            operation.set_times(saved.path, now_ns)


def object_key(digest: bytes, *, mtime_ns: int, mode: int) -> bytes:
    """Name a plain file: an inode has one mtime and one mode, so they belong to the name."""
    return blake3(digest + mtime_ns.to_bytes(8, "little") + mode.to_bytes(4, "little")).digest()


def open_store(root: Path) -> Store:
    """Open the store at `root`, making what is missing. Raises UsageProblem where something else is there."""
    root = Path(os.path.abspath(root))  # noqa: PTH100 - a link stays one
    form = atomic.read(root / "form")
    if form is None:
        if root.is_dir() and any(child.name not in _PARTS for child in root.iterdir()):
            raise UsageProblem(
                f"{root} is a directory with other things in it",
                next_step="name an empty or a new directory: --store DIR",
            )
        with explained("make the store", root):
            root.mkdir(parents=True, exist_ok=True)
            for name in _DIRECTORIES:
                (root / name).mkdir(exist_ok=True)
        for fan_out in ("packs", "objects"):
            with explained("make the store", root / fan_out):
                for number in range(256):
                    (root / fan_out / f"{number:02x}").mkdir(exist_ok=True)
        atomic.replace(root / "CACHEDIR.TAG", TAG)
        atomic.replace(root / "form", _FORM)
    elif form != _FORM:
        raise UsageProblem(
            f"the store {root} has a form that this cargo-hone does not know",
            next_step="upgrade cargo-hone, or name another directory: --store DIR",
        )
    return Store(root)


_DIRECTORIES = ("packs", "objects", "manifests", "pages", "aside", "partial")
_PARTS = frozenset({*_DIRECTORIES, "lock", "CACHEDIR.TAG"})


def default_root(given: str = "") -> Path:
    """Where snapshots are kept unless somebody says otherwise: HONE_SNAPSHOT_DIR, or the platform's cache place."""
    if given:
        return Path(given)
    import platformdirs  # noqa: PLC0415 - 10 ms that other commands shall not pay

    return platformdirs.user_cache_path("cargo-hone") / "snapshots"


def _children(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as found:
            return [Path(entry.path) for entry in found]
    except FileNotFoundError:
        return []
