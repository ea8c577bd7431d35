"""What a restore does with files, and did."""

from dataclasses import dataclass, field

import msgspec

from cargo_hone.snapshot.manifest import NOBODY, File


@dataclass(slots=True, kw_only=True)
class Placed:
    """How files came: counts, and bytes of those that were linked, written, and there already."""

    linked: int = 0
    written: int = 0
    there: int = 0
    linked_bytes: int = 0
    written_bytes: int = 0
    there_bytes: int = 0
    damaged: dict[int, str] = field(default_factory=dict)

    def was_there(self, file: File) -> None:
        """Count one that needed nothing."""
        self.there += 1
        self.there_bytes += file.size_bytes

    def came(self, file: File, *, linked: bool) -> None:
        """Count one that was brought."""
        if linked:
            self.linked += 1
            self.linked_bytes += file.size_bytes
        else:
            self.written += 1
            self.written_bytes += file.size_bytes

    def add(self, other: "Placed") -> None:
        """Add what was placed by somebody else."""
        self.linked += other.linked
        self.written += other.written
        self.there += other.there
        self.linked_bytes += other.linked_bytes
        self.written_bytes += other.written_bytes
        self.there_bytes += other.there_bytes
        self.damaged = {**other.damaged, **self.damaged}


class Did(msgspec.Struct, frozen=True, array_like=True):
    """What another process did, with the files that it linked and the sessions that lack one."""

    placed: Placed
    linked: list[File]
    broken: list[bytes]


def is_bound(file: File) -> bool:
    """Whether a file is of no use elsewhere: rustc's sessions, and the `.d` files that cargo puts beside artifacts."""
    if b"/incremental/" in file.path:
        return True
    return file.unit == NOBODY and file.path.endswith(b".d") and b"/deps/" not in file.path
