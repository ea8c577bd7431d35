"""What the settings have for the doctor. Where nobody has set anything, nothing that reads settings is imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.capacity import Capacity, parse

FILE = Path(".config") / "hone.toml"
_PREFIX = "HONE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """`doctor.ignore`, `cache.remote` and `cache.size` ("": the default)."""

    ignore: tuple[str, ...] = ()
    remote: str = ""
    size: str = ""

    @property
    def capacity(self) -> Capacity:
        """How large a compiler cache may be."""
        if self.size:
            return parse(self.size)
        from cargo_hone.settings.model import Cache  # noqa: PLC0415 - only for a fix that needs it

        return parse(Cache().size)


def read(root: Path, env: Mapping[str, str]) -> Wishes:
    """Read the settings of the workspace at `root`. Raises as `settings.read.read` does."""
    if not (root / FILE).exists() and not any(name.startswith(_PREFIX) for name in env):
        return Wishes()
    from cargo_hone.settings import read as settings  # noqa: PLC0415 - 30 ms, for many to save

    found = settings.read(root, env)
    return Wishes(
        ignore=tuple(found.doctor.ignore), remote=found.cache.remote, size=found.cache.size
    )
