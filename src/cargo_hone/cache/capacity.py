"""A cache's size limit: how people write it, and how sccache takes it."""

from dataclasses import dataclass

from cargo_hone.errors import UsageProblem
from cargo_hone.quantity import parse_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A limit in bytes. `G` and `GB` are 10⁹ bytes, `GiB` is 2³⁰ (sccache's own suffixes are binary)."""

    size_bytes: int

    @property
    def sccache_env(self) -> str:
        """The limit as SCCACHE_CACHE_SIZE takes it: digits and a binary suffix, rounded down to KiB."""
        return f"{self.size_bytes // 1024}K"

    def __str__(self) -> str:
        if self.size_bytes % 2**30 == 0:
            return f"{self.size_bytes // 2**30} GiB"
        return f"{self.size_bytes / 10**9:.4g} GB"


def parse(text: str) -> Capacity:
    """Read `10G`, `10GB`, `500M`, `10GiB`; raises UsageProblem for anything else."""
    size_bytes = parse_bytes(text)
    if size_bytes < 2**20:
        raise UsageProblem(
            f"a cache of {size_bytes} bytes holds nothing",
            next_step="give at least 1M, for instance --cache-size 10G",
        )
    return Capacity(size_bytes=size_bytes)
