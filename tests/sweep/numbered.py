"""Files whose names are never the same twice, or are their contents' hashes: named by a number instead."""

import re
from collections import defaultdict
from collections.abc import Mapping

_SESSION = re.compile(r"(?P<crate>.*/incremental/[^/]+)/(?P<name>s-[0-9a-z]+-[0-9a-z]+)")


def with_numbered_sessions(built: Mapping[str, int]) -> Mapping[str, int]:
    """Number the incremental sessions of each crate, the newest is 0."""
    sessions: dict[str, set[str]] = defaultdict(set)
    for path in built:
        if match := _SESSION.match(path):
            sessions[match["crate"]].add(match["name"])
    numbers = {
        (crate, name): str(number)
        for crate, names in sessions.items()
        for number, name in enumerate(sorted(names, key=_time, reverse=True))
    }
    renamed: dict[str, int] = {}
    for path, size_bytes in built.items():
        match = _SESSION.match(path)
        if match:
            rest = re.sub(r"^-[^/.]+", "", path[match.end() :])
            path = f"{match['crate']}/{numbers[match['crate'], match['name']]}{rest}"  # noqa: PLW2901
        renamed[path] = size_bytes
    return renamed


_PART = re.compile(r"(?P<column>.*/doc/search\.index/[^/]+)/[0-9a-f]{12}\.js")


def with_numbered_parts(built: Mapping[str, int]) -> Mapping[str, int]:
    """Number the parts of each column of rustdoc's search index."""
    renamed: dict[str, int] = {}
    numbers: dict[str, int] = defaultdict(int)
    for path, size_bytes in built.items():
        name = path
        if match := _PART.fullmatch(path):
            name = f"{match['column']}/{numbers[match['column']]}"
            numbers[match["column"]] += 1
        renamed[name] = size_bytes
    return renamed


def _time(session: str) -> int:
    return int(session.split("-")[1], 36)
