"""`cargo metadata`: packages, members, target directory, the graph among them."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.errors import HoneError, Unavailable, UsageProblem
from cargo_hone.proc import Finished, run, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A library, binary, test … of a package. `kinds` as cargo names them (`lib`, `bin`, `proc-macro`, …)."""

    name: str
    kinds: tuple[str, ...]
    src_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of the resolved graph. `source` is None for path dependencies and members."""

    id: str
    name: str
    version: str
    manifest_path: Path
    source: str | None
    targets: tuple[Target, ...]

    @property
    def root(self) -> Path:
        """The directory that holds the manifest."""
        return self.manifest_path.parent

    def has(self, *kinds: str) -> bool:
        """Whether a target of one of these kinds is there."""
        return any(kind in target.kinds for target in self.targets for kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What cargo knows of a workspace.

    `build_directory` is where units lie: the target directory, unless `build.build-dir` (1.91) says otherwise.
    `depends_on` has, for each package id, the ids that its normal and build dependencies resolve to (development
    dependencies left out).
    """

    workspace_root: Path
    target_directory: Path
    build_directory: Path
    packages: Mapping[str, Package]
    members: tuple[str, ...]
    depends_on: Mapping[str, frozenset[str]]

    @property
    def member_packages(self) -> tuple[Package, ...]:
        """The workspace's own packages, by name."""
        return tuple(sorted((self.packages[id_] for id_ in self.members), key=lambda p: p.name))


def locate_manifest(start: Path) -> Path:
    """Return the manifest in `start` or the nearest directory above it.

    Raises UsageProblem (exit 2) when there is none. `start` may be a manifest itself.
    """
    if start.is_file():
        return start.resolve()
    if start.name == "Cargo.toml":
        raise UsageProblem(
            f"there is no manifest at {start}",
            next_step="give the path of a Cargo.toml with --manifest-path",
        )
    for directory in (start.resolve(), *start.resolve().parents):
        manifest = directory / "Cargo.toml"
        if manifest.is_file():
            return manifest
    raise UsageProblem(
        f"no Cargo.toml in {start.resolve()} or above it",
        next_step="run cargo hone inside a Cargo workspace, or name one: --manifest-path PATH/Cargo.toml",
    )


def read(
    manifest: Path,
    *,
    env: Mapping[str, str],
    flags: Sequence[str] = (),
    config: Sequence[str] = (),
    timeout_s: float | None = None,
) -> Metadata:
    """Ask cargo about the workspace of `manifest`.

    `flags` are `--locked`, `--offline`, `--frozen`. Raises ToolMissing without cargo; UsageProblem for a
    manifest that does not parse or a lock file that `--locked` finds stale; Unavailable where the registry is
    needed and not reached.
    """
    argv = _argv(manifest, flags)
    for setting in config:
        argv += ["--config", setting]
    return _answer(manifest, run(argv, cwd=manifest.parent, env=env, timeout_s=timeout_s))


@contextlib.contextmanager
def asked(
    manifest: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()
) -> Iterator[Callable[[], Metadata]]:
    """Ask cargo as `read` does, and do something else meanwhile; what is yielded waits for the answer.

    Raises ToolMissing at once, and when the answer is called for as `read` does.
    """
    with running(_argv(manifest, flags), cwd=manifest.parent, env=env) as ended:
        yield lambda: _answer(manifest, ended())


def workspace_root(manifest: Path, *, env: Mapping[str, str]) -> Path:
    """Return the root of the workspace that `manifest` belongs to, without resolving anything.

    Raises ToolMissing without cargo, UsageProblem for a manifest that does not parse.
    """
    argv = ["cargo", "locate-project", "--workspace", "--message-format", "json"]
    finished = run([*argv, "--manifest-path", str(manifest)], cwd=manifest.parent, env=env)
    if not finished.ok:
        raise _refusal(manifest, finished.errors.strip())
    return Path(json.loads(finished.stdout)["root"]).parent


# What cargo 1.95 says where the network, not the manifest, is at fault.
# Only the exit code depends on it.
_NETWORK_WORDS = (
    "failed to download",
    "failed to get `",
    "spurious network",
    "--offline was specified",
)


def _argv(manifest: Path, flags: Sequence[str]) -> list[str]:
    return ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(manifest), *flags]


def _answer(manifest: Path, finished: Finished) -> Metadata:
    if not finished.ok:
        raise _refusal(manifest, finished.errors.strip())
    return _parsed(json.loads(finished.stdout))


def _refusal(manifest: Path, said: str) -> HoneError:
    if "--locked" in said and "lock file" in said:
        return UsageProblem(
            f"the lock file of {manifest.parent} is stale, and --locked forbids to write it",
            next_step="run `cargo update --workspace` (or leave --locked out), commit Cargo.lock, run again",
            detail=said,
        )
    if any(word in said for word in _NETWORK_WORDS) and "No such file or directory" not in said:
        return Unavailable(
            f"cargo could not get the dependencies of {manifest.parent}",
            next_step="check the network (or leave --offline out), run `cargo fetch`, then run again",
            detail=said,
        )
    return UsageProblem(
        f"cargo cannot read the workspace of {manifest}",
        next_step="mend what cargo names below, check with `cargo metadata`, then run again",
        detail=said,
    )


def _parsed(raw: dict[str, Any]) -> Metadata:
    packages = {entry["id"]: _package(entry) for entry in raw["packages"]}
    resolve = raw.get("resolve") or {"nodes": []}
    return Metadata(
        workspace_root=Path(raw["workspace_root"]),
        target_directory=Path(raw["target_directory"]),
        build_directory=Path(raw.get("build_directory") or raw["target_directory"]),
        packages=packages,
        members=tuple(raw["workspace_members"]),
        depends_on={node["id"]: _dependencies(node) for node in resolve["nodes"]},
    )


def _package(entry: dict[str, Any]) -> Package:
    return Package(
        id=entry["id"],
        name=entry["name"],
        version=entry["version"],
        manifest_path=Path(entry["manifest_path"]),
        source=entry["source"],
        targets=tuple(
            Target(
                name=target["name"],
                kinds=tuple(target["kind"]),
                src_path=Path(target["src_path"]),
            )
            for target in entry["targets"]
        ),
    )


def _dependencies(node: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        dep["pkg"]
        for dep in node["deps"]
        if any(kind["kind"] in (None, "build") for kind in dep["dep_kinds"])
    )
