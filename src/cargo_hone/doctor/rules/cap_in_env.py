"""A cap of sccache's cache in cargo's `[env]`, where it holds only if cargo happens to start the server."""

import re
from collections.abc import Iterator

from cargo_hone.cache.configuration import KEYS
from cargo_hone.doctor.env_table import env_value
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Confidence,
    Finding,
    Fix,
    Remove,
    Rewrite,
    Rule,
    Set,
    Severity,
    Syntax,
)

_NAME = "SCCACHE_CACHE_SIZE"
_SCALES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def _check(facts: Facts) -> Iterator[Finding]:
    for file in facts.documents.cargo:
        cap = env_value(file, _NAME)
        if cap is None:
            continue
        edits = [file.edited(Remove(way=("env", _NAME)))]
        configured = facts.documents.sccache.value(*KEYS) if facts.documents.sccache else None
        size_bytes = _bytes(cap)
        if configured is None and size_bytes is not None:
            edits.append(
                Rewrite(
                    path=facts.documents.paths.sccache,
                    syntax=Syntax.TOML,
                    edits=(Set(way=KEYS, value=size_bytes),),
                )
            )
        fix = Fix(
            title="move it to sccache's own configuration file, which holds whoever starts the server",
            is_safe=False,
            edits=tuple(edits),
        )
        yield Finding(
            rule=RULE,
            severity=Severity.WARNING,
            confidence=Confidence.CERTAIN,
            place=file.place("env", _NAME),
            message=f"the cap `{cap}` does not hold",
            why="sccache's server reads it when it starts, and only what cargo starts sees [env]: a server that an"
            " editor, a shell or another project started has another cap (10 GiB unless told otherwise)",
            cost="a cache of another size than you think",
            help=fix.title,
            fix=fix if len(edits) > 1 or configured is not None else None,
        )


def _bytes(text: str) -> int | None:
    """Read a size as sccache 0.16 does: its suffixes are binary."""
    found = re.fullmatch(r"(\d+)([KMGT]?)", text)
    return int(found[1]) * _SCALES[found[2]] if found else None


RULE = Rule(
    id="HONE004",
    name="cap-in-env",
    title="a cap of sccache's cache in cargo's [env], where it does not hold",
    check=_check,
)
