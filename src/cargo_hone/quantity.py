"""Sizes, durations and shares as people write them."""

import re

from cargo_hone.errors import UsageProblem

_DECIMAL = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "": 1}


def parse_bytes(text: str) -> int:
    """Read `10G`, `10GB` (10⁹ bytes each), `500M`, `10GiB` (2³⁰ bytes each); raises UsageProblem for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?B?)", text.strip(), re.IGNORECASE)
    if match is None:
        raise UsageProblem(
            f"`{text}` is not a size",
            next_step="write it like 10G (10⁹ bytes each), 500M or 10GiB (2³⁰ bytes each)",
        )
    number, unit, tail = match.groups()
    scale = _BINARY if tail.lower().startswith("i") and unit else _DECIMAL
    return int(float(number) * scale[unit.upper()])


def parse_seconds(text: str) -> float:
    """Read `30m`, `1h30m`, `90s`, `14d` or `2w`; raises UsageProblem for anything else."""
    parts = re.findall(r"(\d+)([wdhms]?)", text.strip())
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text.strip():
        raise UsageProblem(
            f"`{text}` is not a duration", next_step="write it like 30m, 1h30m, 90s or 14d"
        )
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


def parse_share(text: str) -> float:
    """Read `95%` as 0.95; raises UsageProblem for anything that is not a percentage from 0 to 100."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip())
    if match is None or float(match.group(1)) > 100.0:
        raise UsageProblem(f"`{text}` is not a percentage", next_step="write it like 95%")
    return float(match.group(1)) / 100.0
