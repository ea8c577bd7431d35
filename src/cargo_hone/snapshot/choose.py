"""Which snapshot is the best for a checkout: of the same machine, then the nearest to what is to be built."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing, UsageProblem
from cargo_hone.proc import run
from cargo_hone.snapshot.key import machine_key, project_of
from cargo_hone.snapshot.manifest import Key, Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.store import Saved, Store
from cargo_hone.target.layout import LayoutKind

_FAR = 1_000_000
_MOST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The snapshot that was chosen; `others` says how many there were, `unusable` why some were passed over."""

    saved: Saved
    manifest: Manifest
    distance: int | None
    others: int
    unusable: tuple[str, ...]


def choose(place: Place, store: Store, *, wanted: str = "") -> Choice | None:
    """Pick the best snapshot of this project for this machine, or the one whose id begins with `wanted`.

    None where there is none. Raises UsageProblem where `wanted` names none or several.
    """
    if wanted:
        found: tuple[Saved, ...] = (store.named(wanted),)
    else:
        found = store.manifests(project_of(place.root, env=place.env))
    unusable: list[str] = []
    own: dict[tuple[str, bool], Key] = {}
    fitting: list[tuple[Saved, Manifest]] = []
    for saved in found[:_MOST]:
        try:
            manifest = store.load_head(saved)
        except UsageProblem as error:
            unusable.append(error.message)
            continue
        kind = manifest.key.layout, bool(manifest.key.cpu)
        if kind not in own:
            own[kind] = _own_key(manifest.key, place)
        if reason := unlike(manifest.key, own[kind]):
            unusable.append(f"{saved.id}: {reason}")
        else:
            fitting.append((saved, manifest))
    others = len(fitting) - 1
    while fitting:
        best = nearest(place, [manifest for _, manifest in fitting])
        chosen = next(one for one in fitting if one[1] is best.manifest)
        try:
            whole = store.load(chosen[0])
        except UsageProblem as error:
            unusable.append(error.message)
            fitting.remove(chosen)
            continue
        return Choice(
            saved=chosen[0],
            manifest=whole,
            distance=best.distance,
            others=others,
            unusable=tuple(unusable),
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """A manifest, and how many commits it is away from what is checked out; None where git cannot tell."""

    manifest: Manifest
    distance: int | None


def nearest(place: Place, manifests: Sequence[Manifest]) -> Nearest:
    """Pick the manifest that is nearest to a checkout: flags, lock file, commit, path, then the newest."""
    distances = _distances(place.root, {one.commit for one in manifests}, env=place.env)
    lock, flags, root = place.lock_digest, place.flags_digest, os.fsencode(place.root)

    def rank(manifest: Manifest) -> tuple[object, ...]:
        return (
            manifest.flags != flags,
            manifest.lock != lock,
            distances.get(manifest.commit, _FAR),
            manifest.workspace != root,
            -manifest.created_ns,
        )

    best = min(manifests, key=rank)
    return Nearest(manifest=best, distance=distances.get(best.commit))


def fits(manifest: Manifest, place: Place) -> str:
    """Say why a snapshot is not for this machine; "" where it is."""
    return unlike(manifest.key, _own_key(manifest.key, place))


def _own_key(key: Key, place: Place) -> Key:
    layout = LayoutKind(key.layout) if key.layout in set(LayoutKind) else LayoutKind.UNKNOWN
    return machine_key(place.toolchain, layout=layout, env=place.env, native=bool(key.cpu))


def unlike(key: Key, own: Key) -> str:
    """Say what of this machine (`own`) differs from a snapshot's; "" where nothing does."""
    for name in Key.__struct_fields__:
        there, here = getattr(key, name), getattr(own, name)
        if there != here:
            return f"it is for {name.replace('_', ' ')} `{there}`, here it is `{here}`"
    return ""


def _distances(root: Path, commits: set[str], *, env: Mapping[str, str]) -> dict[str, int]:
    """How many commits lie between HEAD and each of these; those that git does not know are left out."""

    def counted(commit: str) -> int | None:
        finished = run(
            ["git", "rev-list", "--count", f"HEAD...{commit}"], cwd=root, env=env, timeout_s=30
        )
        said = finished.text.strip()
        return int(said) if finished.ok and said.isdigit() else None

    known = sorted(commits - {""})
    try:
        with ThreadPoolExecutor() as pool:
            found = dict(zip(known, pool.map(counted, known), strict=True))
    except ToolMissing:
        return {}
    return {commit: count for commit, count in found.items() if count is not None}
