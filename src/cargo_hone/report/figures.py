"""How numbers are rounded and written: once, so that the screen, the pages and the JSON agree."""

EN_DASH = "\N{EN DASH}"
ABSENT = EN_DASH
"""What stands where there is no figure."""
_STEPS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def rounded_seconds(wall_s: float) -> float:
    """Round to what is worth saying: tenths of a second, hundredths below one second."""
    return round(wall_s, 1 if wall_s >= 1 else 2)


def seconds(wall_s: float) -> str:
    """Write a time, `61.2 s` or `0.31 s`."""
    value = rounded_seconds(wall_s)
    return f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


def seconds_range(low_s: float, high_s: float) -> str:
    """Write a range, `60.1-62.9 s` with an en dash; both ends as `seconds` rounds them."""
    return f"{seconds(low_s).removesuffix(' s')}{EN_DASH}{seconds(high_s)}"


def rounded_percent(percent: float) -> float:
    """Round to whole percents, to tenths below one: a small effect that is certain is not `0 %`."""
    return round(percent, 1) if abs(percent) < 1 else round(percent)


def change(percent: float) -> str:
    """Write a change with its sign, `-28 %` or `+3 %`."""
    return f"{rounded_percent(percent):+g} %"


def margin(percent: float) -> str:
    """Write the half width of an interval, `±4 %`; never `±0 %`, which no measurement has."""
    return f"±{max(rounded_percent(percent), 0.1):g} %"


def share(part: int, whole: int) -> str:
    """Write a part of a whole, rounded down, so that only all of it is `100 %`."""
    if not whole:
        return ABSENT
    tenths = part * 1000 // whole
    return f"{tenths / 10:g} %"


def size(size_bytes: int) -> str:
    """Write a size in powers of 1000, `2.9 GB`; the exact bytes belong beside it where they matter."""
    for step, unit in _STEPS:
        if abs(size_bytes) >= step:
            value = size_bytes / step
            return (
                f"{value:.1f} {unit}"
                if unit in {"GB", "TB"} or value < 10
                else f"{value:.0f} {unit}"
            )
    return f"{size_bytes} B"


def exact_bytes(size_bytes: int) -> str:
    """Write all digits of a size, `2,912,345,678 bytes`."""
    return f"{size_bytes:,} bytes"


def count(number: int, noun: str = "") -> str:
    """Write a count with thousands separators, `1,412 tests`; a plural s unless it is one."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
