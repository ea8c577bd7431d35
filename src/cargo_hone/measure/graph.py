"""Which crates are edited: the root, on which most of the workspace stands, and a leaf, on which nothing does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata, Package

_ORDINARY_LIBRARIES = ("lib", "rlib", "dylib", "cdylib", "staticlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A workspace member, as far as the choice needs it.

    `lib` is the root source file of an ordinary library (None for none, and for a proc macro), `bins` those of
    the binaries; `deps` names the members it needs for a build (normal and build dependencies, not
    development ones: those may form circles and are not built by `cargo build`).
    """

    name: str
    lib: Path | None
    bins: tuple[Path, ...]
    deps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A crate to edit: the member, the root source files of its targets in question, and the reason in a sentence.

    Of several binaries not all need be built (`required-features`), so all are named, in the manifest's order.
    """

    member: str
    crate_roots: tuple[Path, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChosen:
    """No crate fits, and why."""

    why: str


def members_of(metadata: Metadata) -> tuple[Member, ...]:
    """Return the workspace's members as the choice needs them, by name."""
    names = {package.id: package.name for package in metadata.member_packages}
    return tuple(
        Member(
            name=package.name,
            lib=next(iter(_sources(package, *_ORDINARY_LIBRARIES)), None),
            bins=_sources(package, "bin"),
            deps=tuple(
                sorted(
                    names[dependency]
                    for dependency in metadata.depends_on.get(package.id, frozenset())
                    if dependency in names
                )
            ),
        )
        for package in metadata.member_packages
    )


def _sources(package: Package, *kinds: str) -> tuple[Path, ...]:
    return tuple(
        target.src_path for target in package.targets if any(kind in target.kinds for kind in kinds)
    )


def choose_root(members: Sequence[Member]) -> Chosen | NotChosen:
    """Return the library with the most transitive dependents among the members (ties: the first name).

    A package's own binaries count as dependents of its library, after those of other members. Proc macros are
    passed over: almost every crate stands on one, and hardly anybody spends the day editing it.
    """
    dependents = _dependents(members)
    libraries = [
        (len(dependents[member.name]), len(member.bins), member)
        for member in members
        if member.lib is not None
    ]
    if not libraries:
        return NotChosen(why="the workspace has no library")
    count, bins, member = min(libraries, key=lambda entry: (-entry[0], -entry[1], entry[2].name))
    if member.lib is None or count + bins == 0:
        return NotChosen(why="nothing in the workspace depends on another crate of it")
    if count == 0:
        why = f"{member.name} is the library with the most binaries on it ({bins})"
    else:
        why = f"{count} of the {len(members) - 1} other members stand on {member.name}, the most of all"
    return Chosen(member=member.name, crate_roots=(member.lib,), why=why)


def choose_leaf(members: Sequence[Member]) -> Chosen | NotChosen:
    """Return the member with no dependents that stands on the most members, a binary if there is one."""
    dependents, needed = _dependents(members), _closures({m.name: m.deps for m in members})
    leaves = [
        (not member.bins, -len(needed[member.name]), member.name, sources)
        for member in members
        if not dependents[member.name]
        and (sources := member.bins or ((member.lib,) if member.lib is not None else ()))
    ]
    if not leaves:
        return NotChosen(why="every member is a dependency of another one, or has nothing to edit")
    is_library, _, name, sources = min(leaves)
    kind = "library" if is_library else "binary"
    why = f"no member stands on the {kind} {name}; it stands on {len(needed[name])} of them"
    return Chosen(member=name, crate_roots=sources, why=why)


def _dependents(members: Sequence[Member]) -> dict[str, set[str]]:
    above: dict[str, list[str]] = {member.name: [] for member in members}
    for member in members:
        for dependency in member.deps:
            if dependency in above:
                above[dependency].append(member.name)
    return _closures(above)


def _closures(edges: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return for each node what it reaches (cargo refuses circles among normal and build dependencies)."""
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for following in edges[waiting.pop()]:
                if following in edges and following not in seen:
                    seen.add(following)
                    waiting.append(following)
        reached[start] = seen
    return reached
