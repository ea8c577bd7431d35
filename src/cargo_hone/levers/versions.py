"""Versions as cargo and rustc print them."""

import re


def version(text: str) -> tuple[int, int]:
    """The first two numbers of `rustc 1.95.0 (…)`; (0, 0) where there are none."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)
