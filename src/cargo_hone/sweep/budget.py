"""How small a target directory shall be, and what that means in bytes at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.sweep.price import Cost
from cargo_hone.target.units import UnitId

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is asked for; None where it is not. Each demand holds by itself, and all have to be met.

    `max_bytes` is what the target directory may take, `min_free_bytes` what its file system must have left for
    people without privileges. With `older_than_s` everything goes that no build has compiled for so long.
    Where the bytes cannot be had at all, `spares_if_futile` leaves the live units alone: whoever comes back
    after each build would make each build a full one, and gain nothing.
    """

    max_bytes: int | None = None
    min_free_bytes: int | None = None
    older_than_s: float | None = None
    spares_if_futile: bool = False

    def need_bytes(self, *, total_bytes: int, free_bytes: int) -> int:
        """Return how many bytes have to come back; 0 where it is small enough."""
        over = total_bytes - self.max_bytes if self.max_bytes is not None else 0
        short = self.min_free_bytes - free_bytes if self.min_free_bytes is not None else 0
        return max(over, short, 0)

    def cutoff_ns(self, now_ns: int) -> int | None:
        """Return the moment before which things are old, in nanoseconds since the epoch."""
        if self.older_than_s is None:
            return None
        return now_ns - int(self.older_than_s * _NS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A budget with the facts that it is weighed by.

    `free_bytes` are those of the target directory's file system, `jobs` how many units cargo compiles at a
    time. `live` are units that commands named: they and what they need go last.
    """

    budget: Budget
    costs: Mapping[UnitId, Cost]
    free_bytes: int
    now_ns: int
    jobs: int
    live: frozenset[UnitId] = frozenset()
