"""A snapshot's manifest: which files a target directory had, what they were compiled from, and for which machine.

MessagePack, zstd-packed. It may come from a remote store, so nothing in it is believed: sizes are bounded before
anything is unpacked, every path must stay inside of where it belongs, every index must lead somewhere.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Annotated

import msgspec
import zstandard
from msgspec import Meta

from cargo_hone.errors import UsageProblem
from cargo_hone.snapshot.manifest_paths import require_input, require_inside
from cargo_hone.target.layout import LOCK_NAMES

SCHEMA = 1
MAX_PACKED_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
INLINE_BYTES = 4096
"""Files up to this size stand in the manifest itself: a target directory has thousands of fingerprints."""

Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
Natural = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Time = Annotated[int, Meta(ge=0, le=2**62)]
Index = Annotated[int, Meta(ge=-1, le=2**31 - 1)]
Mode = Annotated[int, Meta(ge=0, le=0o7777)]
NOBODY = -1
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LOCK_NAMES = frozenset(name.encode() for name in LOCK_NAMES)


class File(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A regular file. Paths are bytes, relative to the target directory; times nanoseconds since the epoch.

    `unit` is whose it is, `twin` an earlier file that is the same inode. `inline` is the content of a small one;
    `linkable`: its writers replace it, so it may share its inode with the store.
    """

    path: bytes
    mode: Mode
    mtime_ns: Time
    size_bytes: Natural
    digest: Digest
    unit: Index = NOBODY
    twin: Index = NOBODY
    linkable: bool = False
    inline: bytes | None = None


class Directory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A directory of the target directory."""

    path: bytes
    mode: Mode
    mtime_ns: Time


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A symbolic link that a build script made: what it says, and whose it is."""

    path: bytes
    goal: bytes
    unit: Index = NOBODY


class Unit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One unit. `fingerprint` is its fingerprint directory; without it cargo compiles the unit again.

    `needs` and `inputs` are indices. `is_local`: a member's or a path dependency's. `watches_package`: a build script
    that named nothing to watch, so that cargo looks at its whole package; `watched` are directories that one named.
    `rooted` says why it is of no use in a checkout at another path; "" where it is; `doubt` why it may not be what
    these inputs make. `reads_files`: it uses a proc macro that may read files which no dep-info names.
    """

    label: str
    package: str
    fingerprint: bytes
    is_local: bool
    watches_package: bool
    needs: tuple[Natural, ...] = ()
    inputs: tuple[Natural, ...] = ()
    rooted: str = ""
    watched: tuple[bytes, ...] = ()
    reads_files: bool = False
    doubt: str = ""


ABSENT = b"\0" * 32
"""The digest of an input that was not there: a build script watches a file that somebody may make."""


class Input(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that was compiled, or could have been read: `path` relative to the workspace, or absolute."""

    path: bytes
    size_bytes: Natural
    mtime_ns: Time
    digest: Digest


class InputDirectory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A directory of the workspace; `listing` is the digest of the names in it that git does not ignore."""

    path: bytes
    mtime_ns: Time
    listing: Digest


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The machine that a snapshot is good for. All must be the same; cargo itself keys the rest."""

    rustc: str
    cargo: str
    host: str
    layout: str
    cargo_home: str
    c_compiler: str
    libc: str
    cpu: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to choose a snapshot by.

    `workspace`, `target_dir` (where cargo compiles) and `final_dir` (where the final artifacts go, the same one
    unless the build-dir is split) are absolute paths. `commit`, `lock` (digest of Cargo.lock) and `flags` only rank
    candidates.
    """

    schema: int
    created_ns: Natural
    key: Key
    project: str
    workspace: bytes
    target_dir: bytes
    final_dir: bytes
    commit: str
    lock: str
    flags: str
    commands: tuple[tuple[str, ...], ...]


class Manifest(Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of a snapshot but for the content of its larger files.

    `packages` maps the names of local packages to their directories, relative to the workspace; `locks` are cargo's
    lock files. In a store `pages` (see there) stand for the `files`; nowhere else.
    """

    packages: dict[str, bytes]
    locks: tuple[bytes, ...]
    files: tuple[File, ...]
    directories: tuple[Directory, ...]
    links: tuple[Link, ...]
    units: tuple[Unit, ...]
    inputs: tuple[Input, ...]
    input_directories: tuple[InputDirectory, ...]
    pages: tuple[Digest, ...] = ()

    @property
    def size_bytes(self) -> int:
        """What the target directory's files hold, each inode once."""
        return sum(file.size_bytes for file in self.files if file.twin == NOBODY)


def recordable(time_ns: int) -> int:
    """A file's time as a manifest can hold it: years 1970 to 2116."""
    return min(max(time_ns, 0), 2**62)


def encode(manifest: Manifest) -> bytes:
    """Pack a manifest."""
    raw = msgspec.msgpack.encode(manifest)
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(raw)


def decode(packed: bytes, *, name: str) -> Manifest:
    """Unpack and check a manifest; `name` is what messages call it. Raises UsageProblem for anything else."""
    with explained(name):
        manifest = unpacked(packed)
        check(manifest)
    return manifest


def unpacked(packed: bytes) -> Manifest:
    """Unpack a manifest that nobody has checked. Raises ValueError, MsgspecError, ZstdError."""
    return msgspec.msgpack.decode(_unpacked(packed), type=Manifest)


def check(manifest: Manifest) -> None:
    """Raise ValueError where something in a manifest cannot be believed."""
    _check_schema(manifest.schema)
    if manifest.pages:
        raise ValueError("its files lie elsewhere")
    _check_paths(manifest)
    _check_files(manifest)
    _check_units(manifest)
    _check_inputs(manifest)


def decode_head(packed: bytes, *, name: str) -> Manifest:
    """Unpack what there is to choose by: a manifest without files, units and inputs. Raises UsageProblem.

    Dozens of whole ones would take gigabytes.
    """
    with explained(name):
        head = msgspec.msgpack.decode(_unpacked(packed), type=Head)
        _check_schema(head.schema)
    return card(head)


def card(head: Head) -> Manifest:
    """A manifest, or its head, with only what there is to choose by."""
    return Manifest(
        **{name: getattr(head, name) for name in Head.__struct_fields__},
        packages={},
        locks=(),
        files=(),
        directories=(),
        links=(),
        units=(),
        inputs=(),
        input_directories=(),
    )


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Say UsageProblem of whatever is wrong with the snapshot of that name."""
    try:
        yield
    except (zstandard.ZstdError, msgspec.MsgspecError, ValueError) as error:
        raise UsageProblem(
            f"the snapshot {name} cannot be used: {error}",
            next_step="set it aside with `cargo hone snapshot verify --repair`, then save a new one",
        ) from error


def _unpacked(packed: bytes) -> bytes:
    if len(packed) > MAX_PACKED_BYTES:
        raise ValueError("it is too large")
    if not 0 <= zstandard.frame_content_size(packed) <= MAX_UNPACKED_BYTES:
        raise ValueError("it says that it unpacks to too much")
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=MAX_UNPACKED_BYTES)


def _check_schema(schema: int) -> None:
    if schema != SCHEMA:
        raise ValueError(f"it has the form {schema}, this cargo-hone reads {SCHEMA}")


def _check_paths(manifest: Manifest) -> None:
    """Each name once, and below directories that the manifest has: what lies below a link is written elsewhere."""
    directories = {directory.path for directory in manifest.directories}
    every = [directory.path for directory in manifest.directories]
    every += [file.path for file in manifest.files] + [link.path for link in manifest.links]
    every += manifest.locks
    if len(set(every)) != len(every):
        raise ValueError("it has a path twice")
    for path in every:
        require_inside(path)
        above = path.rpartition(b"/")[0]
        if above and above not in directories:
            raise ValueError(f"{path!r} lies below something that is not a directory")
    for path in manifest.locks:
        if path.rpartition(b"/")[2] not in _LOCK_NAMES:
            raise ValueError(f"{path!r} is no lock file of cargo's")
    if [one.path for one in manifest.directories] != sorted(directories):
        raise ValueError("its directories are in disorder")


def _check_files(manifest: Manifest) -> None:
    units = len(manifest.units)
    for number, file in enumerate(manifest.files):
        if file.unit >= units or file.twin >= number:
            raise ValueError(f"{file.path!r} belongs to nothing that it has")
        if file.twin != NOBODY and manifest.files[file.twin].twin != NOBODY:
            raise ValueError(f"{file.path!r} is the twin of a twin")
        if file.inline is not None and len(file.inline) != file.size_bytes:
            raise ValueError(f"{file.path!r} is not as long as it says")


def _check_units(manifest: Manifest) -> None:
    units, inputs = len(manifest.units), len(manifest.inputs)
    for unit in manifest.units:
        require_inside(unit.fingerprint)
        if any(map(CONTROL.search, (unit.label, unit.package, unit.rooted, unit.doubt))):
            # They are shown on a terminal.
            raise ValueError("the name of a unit has control characters")
        if any(i >= units for i in unit.needs) or any(i >= inputs for i in unit.inputs):
            raise ValueError(f"{unit.label} needs something that it has not")
    if any(link.unit >= units for link in manifest.links):
        raise ValueError("a link belongs to no unit that it has")


def _check_inputs(manifest: Manifest) -> None:
    paths = [one.path for one in manifest.inputs]
    watched = [path for unit in manifest.units for path in unit.watched]
    for path in paths + watched + [one.path for one in manifest.input_directories]:
        require_input(path)
