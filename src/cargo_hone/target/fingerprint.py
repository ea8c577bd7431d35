"""One `.fingerprint/<package>-<hash>/`: what cargo compares to decide whether a unit is fresh.

cargo 1.95 keeps there `<name>` (the unit's own fingerprint, a u64 as 16 hex digits of its little-endian
bytes), `<name>.json` (what went into it), `dep-<name>`, `invoked.timestamp`, sometimes `output-<name>`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from cargo_hone.files.regular import read_regular

_OWN_HASH_DIGITS = 16
_NONE: Mapping[str, bytes] = {}


class Edge(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """One dependency: the package's id (a hash), the name it is known by, the fingerprint it had.

    The fields are those of cargo's JSON, in its order.
    """

    package_id: int
    name: str
    is_public: bool = False
    fingerprint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The content of one unit's JSON, and its own hash.

    The numbers are cargo's hashes of what they are named for; they can be compared, not read. For the run of
    a build script cargo writes zeros for `target`, `profile` and `path`.
    """

    name: str
    own: int | None
    """None where the last compilation did not end: cargo 1.95 empties the hash file before it starts one."""
    rustc: int
    features: str
    target: int
    profile: int
    path: int
    config: int
    compile_kind: int
    rustflags: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A fingerprint directory that cannot be judged. `unfinished`: cargo never wrote the fingerprint."""

    reason: str
    unfinished: bool = False


def read_fingerprint(
    directory: str | os.PathLike[str], names: Sequence[str], texts: Mapping[str, bytes] = _NONE
) -> Fingerprint | Unreadable:
    """Read the fingerprint in `directory`, whose files are called `names`; `texts` has those that were read already.

    What is missing, malformed or several (but for documentation) is a value with its reason. Raises OSError where
    a file that was listed cannot be read.
    """
    found = sorted([name for name in names if name.endswith(".json")])
    if not found:
        return Unreadable(reason="its compilation never ended", unfinished=True)
    if len(found) > 1 and not all(name.startswith("doc-") for name in found):
        return Unreadable(reason="it has several fingerprints in one directory")
    folder = os.fspath(directory)
    parts: list[Fingerprint] = []
    for file in found:
        name = file.removesuffix(".json")
        if name not in names:
            return Unreadable(reason="its fingerprint has no hash file", unfinished=True)
        try:
            own, text = _text(folder, name, texts), _text(folder, file, texts)
            parts.append(_parsed(name, text, own.decode("ascii")))
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            return Unreadable(
                reason=f"its fingerprint {file} cannot be read ({type(error).__name__})"
            )
    return _joined(parts)


def _text(folder: str, name: str, texts: Mapping[str, bytes]) -> bytes:
    text = texts.get(name)
    return read_regular(f"{folder}/{name}") if text is None else text


def _joined(parts: Sequence[Fingerprint]) -> Fingerprint:
    """One for all targets of a package that rustdoc read: cargo (1.95) gives their documentation one hash.

    The library's, if there is one: nothing is built against a program. It needs what any of them needs.
    """
    if len(parts) == 1:
        return parts[0]
    first = min(parts, key=lambda part: (not part.name.startswith("doc-lib-"), part.name))
    own = {part.own for part in parts}
    edges = dict.fromkeys(edge for part in parts for edge in part.edges)
    return replace(first, edges=tuple(edge for edge in edges if edge.fingerprint not in own))


class _Written(msgspec.Struct):
    """What we need of the JSON; msgspec passes over all else without making anything of it."""

    rustc: int
    features: str
    target: int
    profile: int
    path: int
    deps: tuple[Edge, ...]
    rustflags: tuple[str, ...]
    config: int
    compile_kind: int


_DECODER = msgspec.json.Decoder(_Written)


def _parsed(name: str, text: bytes, own: str) -> Fingerprint:
    raw = _DECODER.decode(text)
    if len(own) not in {0, _OWN_HASH_DIGITS}:
        raise ValueError(own)
    return Fingerprint(
        name=name,
        own=int.from_bytes(bytes.fromhex(own), "little") if own else None,
        rustc=raw.rustc,
        features=raw.features,
        target=raw.target,
        profile=raw.profile,
        path=raw.path,
        config=raw.config,
        compile_kind=raw.compile_kind,
        rustflags=raw.rustflags,
        edges=raw.deps,
    )
