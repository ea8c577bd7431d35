"""Where an entry belongs in the inventory of its profile directory: told by its path alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from cargo_hone.target.entry import Entry
from cargo_hone.target.layout import UNIT_HASH, LayoutKind, ProfileDir
from cargo_hone.target.listing import Detail
from cargo_hone.target.surroundings import Kind

_KINDS = {
    kind.value: kind
    for kind in (
        Kind.FINGERPRINTS,
        Kind.DEPS,
        Kind.BUILD_SCRIPTS,
        Kind.INCREMENTAL,
        Kind.EXAMPLES,
    )
}


@dataclass(slots=True, kw_only=True)
class ProfileInventory:
    """What one profile directory holds; each tree is a list of all that is in it, the directory first.

    `units` are those of layout v2, by `<package>/<hash>`, and `packages` the directories that hold them; all other
    trees are v1's, but for `incremental`, which both have. `artifacts` are the `deps/artifact/<package>-<hash>` of
    artifact dependencies. `final` and `examples` have final artifacts of both (v1's own examples too). `frame` are
    cargo's own directories, `stray` what lies where cargo puts nothing of the kind.
    """

    profile: ProfileDir
    fingerprints: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    build_scripts: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    incremental: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    artifacts: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    packages: dict[str, Entry] = field(default_factory=dict)
    deps: list[Entry] = field(default_factory=list)
    examples: list[Entry] = field(default_factory=list)
    final: list[Entry] = field(default_factory=list)
    frame: list[Entry] = field(default_factory=list)
    stray: list[Entry] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Remainder:
    """What belongs to no profile, summed up by name (`nextest`, `tmp`, …): a crate's documentation, tools, unknown.

    `size_bytes` are those of `entries` inodes with one name. Files with several are listed (`linked`): somebody
    else may hold their bytes.
    """

    size_bytes: int = 0
    entries: int = 0
    linked: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Add one."""
        if entry.links > 1:
            self.linked.append(entry)
        else:
            self.entries += entry.names
            self.size_bytes += entry.allocated_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where all goes that is in one directory: into `tree`, or into `remainder`; with neither, each by its path.

    `is_flat`: directories in it go by their paths in any case.
    """

    kind: Kind = Kind.OTHER
    tree: list[Entry] | None = None
    remainder: Remainder | None = None
    detail: Detail = Detail.EACH
    is_flat: bool = False


EACH_BY_ITS_PATH = Place()


def place_in_profile(profile: ProfileInventory, parts: list[str]) -> Place:
    """Say once of the directory with these `parts` what `file_in_profile` would say of each name in it."""
    is_new = profile.profile.kind in {LayoutKind.V2, LayoutKind.MIXED}
    match parts:
        case [Kind.FINGERPRINTS, name, *_]:
            return Place(
                kind=Kind.FINGERPRINTS,
                tree=profile.fingerprints[name],
                detail=Detail.WITH_NOTES,
            )
        case [Kind.INCREMENTAL, name, *inside]:
            detail = Detail.SUMMED if inside else Detail.EACH
            return Place(kind=Kind.INCREMENTAL, tree=profile.incremental[name], detail=detail)
        case [Kind.DEPS | Kind.EXAMPLES as name]:
            return Place(
                kind=Kind(name),
                tree=profile.deps if name == Kind.DEPS else profile.examples,
                detail=Detail.OBJECTS_TOGETHER,
                is_flat=True,
            )
        case [Kind.BUILD_SCRIPTS, package, hash_, part, *inside] if is_new and UNIT_HASH.fullmatch(
            hash_
        ):
            match part:
                case "out":
                    detail = Detail.SUMMED if inside else Detail.OBJECTS_TOGETHER
                case "fingerprint":
                    detail = Detail.WITH_NOTES
                case _:
                    detail = Detail.EACH
            return Place(
                kind=Kind.FINGERPRINTS if part == "fingerprint" else Kind.DEPS,
                tree=profile.units[f"{package}/{hash_}"],
                detail=detail,
            )
        case [Kind.BUILD_SCRIPTS, name, *inside] if not is_new:
            return Place(
                kind=Kind.BUILD_SCRIPTS,
                tree=profile.build_scripts[name],
                detail=Detail.SUMMED if inside[:1] == ["out"] else Detail.EACH,
            )
        case _:
            return EACH_BY_ITS_PATH


def file_in_profile(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """Put an entry where it belongs in its profile's inventory."""
    kind = _KINDS.get(parts[0], Kind.OTHER)
    match kind, len(parts):
        case (_, 1):
            if kind is Kind.OTHER and not entry.is_directory:
                profile.final.append(entry)
                return Kind.FINAL
            if kind is not Kind.OTHER:
                profile.frame.append(entry)
        case (Kind.FINGERPRINTS, _):
            profile.fingerprints[parts[1]].append(entry)
        case (Kind.BUILD_SCRIPTS, _):
            return _file_build(profile, entry, parts)
        case (Kind.INCREMENTAL, _):
            profile.incremental[parts[1]].append(entry)
        case (Kind.DEPS, 2) if not entry.is_directory:
            profile.deps.append(entry)
        case (Kind.DEPS, count) if parts[1] == "artifact" and count > 2:
            profile.artifacts[parts[2]].append(entry)
        case (Kind.EXAMPLES, 2) if not entry.is_directory:
            profile.examples.append(entry)
        case _:
            if kind is not Kind.OTHER:
                profile.stray.append(entry)
    return kind


def file_final(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """Put an entry of a split target directory's profile where it belongs."""
    if entry.is_directory:
        return Kind.CARGO if parts == [Kind.EXAMPLES] else Kind.OTHER
    if len(parts) == 1:
        profile.final.append(entry)
        return Kind.FINAL
    if len(parts) == 2 and parts[0] == Kind.EXAMPLES:
        profile.examples.append(entry)
        return Kind.FINAL
    return Kind.OTHER


def _file_build(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """`build/<package>-<hash>` of v1, or `build/<package>/<hash>` of v2."""
    is_new = profile.profile.kind in {LayoutKind.V2, LayoutKind.MIXED}
    if is_new and len(parts) > 2 and UNIT_HASH.fullmatch(parts[2]):
        profile.units[f"{parts[1]}/{parts[2]}"].append(entry)
        return Kind.FINGERPRINTS if parts[3:4] == ["fingerprint"] else Kind.DEPS
    if is_new and len(parts) == 2 and entry.is_directory:
        profile.packages[parts[1]] = entry
    profile.build_scripts[parts[1]].append(entry)
    return Kind.BUILD_SCRIPTS


def bytes_of_run(tree: list[Entry]) -> int:
    """Return what the run of a build script takes but for its fingerprint: a v2 unit with a `run` directory is one."""
    top = tree[0].path
    if not any(entry.path == f"{top}/run" for entry in tree):
        return 0
    return sum(
        entry.allocated_bytes
        for entry in tree
        if entry.links == 1 and not entry.path.startswith(f"{top}/fingerprint")
    )


def named(start: str, path: str) -> str:
    """Return `debug/NAME` for what is in NAME in the profile directory `start` (which ends in a slash)."""
    return f"{start[:-1].rpartition('/')[2]}/{path[len(start) :].partition('/')[0]}"
