"""What a build of the tiny crate has shown."""

import re

from cargo_hone.cache.wiring import links
from cargo_hone.cache.wiring.links import Link, LinkName
from cargo_hone.model import CacheCounts
from cargo_hone.proc import Finished


def since(before: CacheCounts, now: CacheCounts) -> CacheCounts:
    """What was counted between two looks."""
    return CacheCounts(
        hits=now.hits - before.hits,
        misses=now.misses - before.misses,
        not_cacheable=now.not_cacheable - before.not_cacheable,
        errors=now.errors - before.errors,
    )


def hit(finished: Finished, counts: CacheCounts, *, others: bool) -> Link:
    """The last link: whether the second build came out of the cache. `others`: builds of somebody else run as well."""
    name = LinkName.HIT
    meanwhile = " (other builds used the server meanwhile)" if others else ""
    if finished.ok and counts.hits > 0:
        return links.holds(
            name, f"the same crate, built in another directory, came out of the cache{meanwhile}"
        )
    said = last_line(finished) if not finished.ok else f"{counts.misses} misses, no hit"
    errors = f", {counts.errors} errors of the store" if counts.errors else ""
    return links.failed(
        name,
        f"the same crate in another directory: {said}{errors}{meanwhile}",
        remedy="look whether the store can be written and the disk has room, then run this again",
    )


def last_line(finished: Finished) -> str:
    """What a program said at last, and before that its first error: cargo gives the cause below."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", finished.errors).splitlines()
    told = [line.strip() for line in lines if line.strip()]
    if not told:
        return f"exit code {finished.returncode}"
    first = next((line for line in told if line.startswith("error")), told[-1])
    return first if first == told[-1] else f"{first} … {told[-1]}"
