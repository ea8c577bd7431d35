"""The workspace that snapshots are measured on: assembled or given, always a copy; cargo and git in it."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.snapshot_goal import Ran, ran, say
from cargo_hone.cache.trial import without_engines
from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.demo.assembly import assemble
from cargo_hone.proc import clean_environment

_UNWANTED = ("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_INCREMENTAL", "RUSTFLAGS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A checkout with a repository. `env` has no compiler cache in it."""

    root: Path
    env: Mapping[str, str]

    @property
    def target(self) -> Path:
        """Where cargo builds."""
        return self.root / "target"

    def build(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run `cargo build --workspace`."""
        argv = ["cargo", "build", "--workspace", "--offline", *words]
        return ran(argv, cwd=self.root, env={**self.env, **(env or {})})

    def git(self, *words: str) -> str:
        """Run git."""
        return ran(["git", *words], cwd=self.root, env=self.env).text

    def clone(self, root: Path) -> "Workspace":
        """Make another checkout of what is committed."""
        root.parent.mkdir(parents=True, exist_ok=True)
        self.git("clone", "-q", str(self.root), str(root))
        return Workspace(root=root, env=self.env)

    def clean(self) -> None:
        """Remove the target directory; also where mbx has put it into its own cache and left a link."""
        place = self.target.resolve()
        if self.target.is_symlink():
            self.target.unlink()
        shutil.rmtree(place, ignore_errors=True)

    def edit(self, number: int, source: Path | None = None) -> None:
        """Add a function to a library: to the one that the most members stand on, if none is named."""
        with (source or self.root_source()).open("a") as file:
            file.write(f"\n#[doc(hidden)]\npub fn hone_measured() -> u32 {{\n    {number}\n}}\n")

    def revert(self) -> None:
        """Take edits back; the files get the time of now."""
        self.git("checkout", "-q", "--", ".")

    def root_source(self) -> Path:
        """The source of the library with the most dependents among the members."""
        known, members = self._known()
        return _source(
            known,
            members,
            lambda id_: sum(id_ in _below(other, known) for other in members),
        )

    def leaf_source(self) -> Path:
        """The source of the library that stands on the most members, and that none stands on."""
        known, members = self._known()
        needed = {id_ for other in members for id_ in _below(other, known)}
        return _source(
            known, [m for m in members if m not in needed], lambda id_: len(_below(id_, known))
        )

    def _known(self) -> tuple[Metadata, list[str]]:
        known = metadata.read(self.root / "Cargo.toml", env=self.env, flags=("--offline",))
        return known, sorted(known.members)


def _source(known: Metadata, members: list[str], weight: Callable[[str], int]) -> Path:
    for id_ in sorted(members, key=lambda one: -weight(one)):
        for target in known.packages[id_].targets:
            if "lib" in target.kinds:
                return target.src_path
    raise SystemExit("no member has a library")


def compiled(done: Ran) -> list[str]:
    """The packages that cargo said it compiled."""
    words = [line.split() for line in done.text.splitlines()]
    return [line[1] for line in words if line[:1] == ["Compiling"]]


def workspace(place: Path, given: Path | None) -> Workspace:
    """Assemble the demonstration workspace at `place`, or copy a given one without what is built there."""
    env = without_engines(clean_environment(os.environ))
    for name in _UNWANTED:
        env.pop(name, None)
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@b.c"}
    if given is None:
        assemble(place, env=env, progress=say)
    else:
        shutil.copytree(given, place, symlinks=True, ignore=shutil.ignore_patterns("target"))
    made = Workspace(root=place, env=env)
    made.revert()
    ran(["cargo", "fetch"], cwd=place, env=env)
    return made


def _below(start: str, known: Metadata) -> set[str]:
    found: set[str] = set()
    pending = list(known.depends_on.get(start, frozenset()))
    while pending:
        id_ = pending.pop()
        if id_ not in found:
            found.add(id_)
            pending += known.depends_on.get(id_, frozenset())
    return found
