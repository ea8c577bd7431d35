"""CI's second commit (one crate changed) in a fresh clone: a pulled snapshot beside dependencies-only caching.

    python -m benchmarks.snapshot_ci [redis] [s3] [--workspace DIR] [--rounds 2]

The first commit's target directory is pushed as a snapshot, and packed as the usual cache action keeps it (without what
belongs to the members) and put into the same storage. The second commit is then built at the same path, with
an empty store, in turn by `restore --pull` and building, and by fetching that archive, unpacking it and building. It
all comes from loopback, so the network costs neither. The usual way is built without incremental state, as its action
sets it; ours with the state that the snapshot has (`--without-incremental`: both without).

Two second commits: one edits the crate that the most members stand on (the root), one that none stands on (the
leaf). Exits with 1 where a median ratio is above 1/3, or a package is compiled that does not depend on the change.
"""

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.servers.machines import CREDENTIALS
from tests.servers.running import redis_server, s3_server

from benchmarks.snapshot_archive import NAME, put
from benchmarks.snapshot_goal import Goal, aside, hone, judged, ran, say
from benchmarks.snapshot_place import Workspace, compiled, workspace
from cargo_hone.cargo import metadata

_HERE = Path(__file__).parents[1]
_WITHOUT = {"CARGO_INCREMENTAL": "0"}
_SERVERS = {"redis": redis_server, "s3": s3_server}


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("storages", nargs="*", default=["redis", "s3"], metavar="STORAGE")
    parser.add_argument("--workspace", type=Path, help="an assembled workspace; it is copied")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--without-incremental", action="store_true")
    given = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="hone-ci-"))
    try:
        made = workspace(base / "origin", given.workspace)
        env = dict(made.env)
        if given.without_incremental:
            env |= _WITHOUT
        origin = Workspace(root=made.root, env=env)
        goals = measured(base, origin, storages=given.storages, rounds=given.rounds)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return judged(goals)


def measured(base: Path, origin: Workspace, *, storages: list[str], rounds: int) -> list[Goal]:
    """Build the first commit once, the second ones by either way in turn."""
    runner = base / "runner"
    first = origin.clone(runner / "workspace")
    say(f"the first commit, clean: {first.build().wall_s:.1f} s")
    saved = hone("save", cwd=first.root, store=runner / "store", env=first.env)
    say(f"saved in {saved.wall_s:.1f} s")
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as running:
        urls: dict[str, str] = {}
        for name in storages:
            port = running.enter_context(_SERVERS[name](_made(Path(place) / name)))
            urls[name] = _url(name, port)
            words = ["push", "--remote", urls[name]]
            env = {**first.env, **CREDENTIALS}
            pushed = hone(*words, cwd=first.root, store=runner / "store", env=env)
            say(f"{name}: pushed in {pushed.wall_s:.1f} s")
        archive = base / NAME
        # Last: it takes away what the snapshot was made of.
        _keep_dependencies(first, archive)
        aside(runner, base)
        for url in urls.values():
            put(archive, url, env={**first.env, **CREDENTIALS})
        for crate, source in (("root", origin.root_source()), ("leaf", origin.leaf_source())):
            origin.edit(7, source)
            origin.git("commit", "-qam", f"an edit of the {crate}")
            for name, url in urls.items():
                goals += _in_turn(
                    origin,
                    runner,
                    url,
                    name=f"{crate}, {name}",
                    source=source,
                    rounds=rounds,
                )
            origin.git("reset", "-q", "--hard", "HEAD~1")
    return goals


def _in_turn(
    origin: Workspace,
    runner: Path,
    url: str,
    *,
    name: str,
    source: Path,
    rounds: int,
) -> list[Goal]:
    ratios: list[float] = []
    surplus: list[float] = []
    allowed = _dependents(origin, source)
    for number in range(rounds):
        aside(runner, runner.parent)
        at = origin.clone(runner / "workspace")
        at.target.mkdir()
        env, store = {**at.env, **CREDENTIALS}, runner / "store"
        fetched = ran(
            [sys.executable, "-m", "benchmarks.snapshot_archive", url, str(runner)],
            cwd=_HERE,
            env=env,
        )
        words = ["sh", "-c", f'tar -C target -I "zstd -T0" -xf {runner / NAME}']
        unpacked = ran(words, cwd=at.root)
        usual = at.build(env=_WITHOUT)
        usual_s = fetched.wall_s + unpacked.wall_s + usual.wall_s
        aside(runner, runner.parent)
        at = origin.clone(runner / "workspace")
        restore = hone("restore", "--remote", url, cwd=at.root, store=store, env=env)
        built = at.build()
        ours_s = restore.wall_s + built.wall_s
        ratios.append(ours_s / usual_s)
        surplus.append(len(set(compiled(built)) - allowed))
        aside(runner, runner.parent)
        say(
            f"{name} {number}: {ours_s:.1f} s (pull and restore {restore.wall_s:.1f}, build"
            f" {built.wall_s:.1f}: {sorted(set(compiled(built)))}); dependencies only: {usual_s:.1f} s"
            f" (fetch {fetched.wall_s:.1f}, unpack {unpacked.wall_s:.1f}, build {usual.wall_s:.1f}:"
            f" {len(set(compiled(usual)))} packages)"
        )
    return [
        Goal(name=f"{name}: pull, restore, build / dependencies only", values=ratios, limit=1 / 3),
        Goal(name=f"{name}: packages compiled without need", values=surplus, limit=0),
    ]


def _dependents(at: Workspace, source: Path) -> set[str]:
    """The package that was changed, and all that stand on it."""
    known = metadata.read(at.root / "Cargo.toml", env=at.env, flags=("--offline",))
    changed = next(
        p.id for p in known.packages.values() if any(t.src_path == source for t in p.targets)
    )
    found = {changed}
    while more := {id_ for id_, needs in known.depends_on.items() if needs & found} - found:
        found |= more
    return {known.packages[id_].name for id_ in found}


def _keep_dependencies(at: Workspace, archive: Path) -> None:
    """Remove what the usual cache action removes (members' artifacts, incremental state), then pack the rest."""
    known = metadata.read(at.root / "Cargo.toml", env=at.env, flags=("--offline",))
    names = {package.name for package in known.packages.values() if package.source is None}
    targets = {t.name for p in known.packages.values() if p.source is None for t in p.targets}
    mine = {one.replace("-", "_") for one in names | targets}
    profile = at.target / "debug"
    shutil.rmtree(profile / "incremental", ignore_errors=True)
    for directory in (".fingerprint", "build", "deps"):
        for path in (profile / directory).iterdir():
            stem = re.sub(r"-[0-9a-f]{16}.*$", "", path.name).replace("-", "_")
            if stem in mine or stem.removeprefix("lib") in mine:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in profile.iterdir():
        if path.is_file() and path.name != ".cargo-lock":
            path.unlink()
    ran(["sh", "-c", f'tar -C target -I "zstd -T0 -3" -cf {archive} .'], cwd=at.root)
    say(f"dependencies only: {archive.stat().st_size / 1e6:.0f} MB packed")


def _url(storage: str, port: int) -> str:
    if storage == "redis":
        return f"redis://127.0.0.1:{port}/ci"
    return f"s3://shared/ci?region=us-east-1&endpoint=http://127.0.0.1:{port}"


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


if __name__ == "__main__":
    sys.exit(main())
