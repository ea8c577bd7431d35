"""Histories of a tiny workspace: changes and cargo commands, drawn at random, told in words, and lived through.

A history is a list of episodes. Each changes something (the first one may not) and then runs commands. The commands of
the last episode are the ones in use: whatever went before them, a sweep may cost them nothing.
"""

import functools
import os
import re
import shlex
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import strategies as st

from cargo_hone.cargo import messages, metadata
from cargo_hone.cargo.messages import BuildMessages
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.live import listen, parse
from cargo_hone.sweep.sweep import Swept, sweep_one
from cargo_hone.target.premises import read_premises
from tests.sweep import projects
from tests.sweep.numbered import with_numbered_parts, with_numbered_sessions
from tests.sweep.projects import HOST, Project
from tests.target.layouts import LayoutUnderTest
from tests.target.tiny import environment

_SETTING = re.compile(r"[A-Z_]+=")
Command = tuple[str, ...]
"""Words for cargo, after settings of its environment (`NAME=value`) if it has some of its own."""
Change = Callable[[Project], Project]

COMMANDS: tuple[Command, ...] = (
    ("build", "--workspace"),
    ("check", "--workspace"),
    ("test", "--workspace", "--no-run"),
    ("bench", "--workspace", "--no-run"),
    ("doc", "--workspace", "--no-deps"),
    ("check", "--workspace", "--all-targets"),
    ("build", "--workspace", "--release"),
    ("build", "--workspace", "--target", HOST),
    ("build", "-p", "app"),
    ("build", "--workspace", "--features", "app/odd"),
    ("test", "-p", "app", "--lib", "--no-run"),
)
WITH_ENVIRONMENTS: tuple[Command, ...] = (
    *COMMANDS,
    ("RUSTFLAGS=--cfg=odd", "build", "--workspace"),
    ("RUSTFLAGS=--cfg=odd", "build", "-p", "app"),
    ("RUSTFLAGS=--cfg=odd", "test", "--workspace", "--no-run"),
    ("CARGO_PROFILE_DEV_DEBUG=1", "check", "--workspace"),
    ("CARGO_PROFILE_DEV_PANIC=abort", "build", "--workspace"),
)

CHANGES: Mapping[str, Change] = {
    "edit the library": lambda p: replace(p, app=p.app + 1),
    "edit the dependency": lambda p: replace(p, dep=p.dep + 1),
    "edit the proc macro": lambda p: replace(p, macro=p.macro + 1),
    "edit the build script": lambda p: replace(p, script=p.script + 1),
    "another version of the dependency": lambda p: replace(
        p, dep_version={"0.1.0": "0.2.0", "0.2.0": "0.1.0"}[p.dep_version]
    ),
    "switch a feature of the dependency": lambda p: replace(p, big=not p.big),
    "switch a default feature of the library": lambda p: replace(p, more=not p.more),
    "add or remove a package": lambda p: replace(p, has_extra=not p.has_extra),
    "add or remove a member": lambda p: replace(p, has_tool=not p.has_tool),
    "add or remove a program": lambda p: replace(p, has_second=not p.has_second),
    "add or remove the test": lambda p: replace(p, has_test=not p.has_test),
    "rename the test": lambda p: replace(
        p, test_name={"first": "other", "other": "first"}[p.test_name]
    ),
    "switch debug information": lambda p: replace(
        p, debug={"0": "1", "1": '"line-tables-only"', '"line-tables-only"': "0"}[p.debug]
    ),
    "switch the dependency's optimisation": lambda p: replace(
        p, dep_opt={"0": "1", "1": "0"}[p.dep_opt]
    ),
    "switch the panic strategy": lambda p: replace(
        p, panic={"unwind": "abort", "abort": "unwind"}[p.panic]
    ),
    "switch a flag of rustc": lambda p: replace(p, flagged=not p.flagged),
    "switch the target triple": lambda p: replace(p, triple="" if p.triple else HOST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Names of changes, made in this order, then commands."""

    changes: tuple[str, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Episodes in their order; its `repr` is what a failing test shows."""

    episodes: tuple[Episode, ...]

    def __repr__(self) -> str:
        told: list[str] = []
        for number, episode in enumerate(self.episodes, start=1):
            told.append(f"  {number}. {', then '.join(episode.changes) or 'nothing changes'}")
            told += [f"       $ {shown(command)}" for command in episode.commands]
        return "\n".join(["History:", *told])

    @property
    def in_use(self) -> tuple[Command, ...]:
        """The commands of the last episode."""
        return self.episodes[-1].commands


def shown(command: Command) -> str:
    """The command as somebody would type it."""
    own = [word for word in command if _SETTING.match(word)]
    return " ".join([*own, "cargo", *command[len(own) :]])


def _episodes(least_changes: int, among: Sequence[Command]) -> st.SearchStrategy[Episode]:
    return st.builds(
        Episode,
        changes=st.lists(
            st.sampled_from(tuple(CHANGES)), min_size=least_changes, max_size=2, unique=True
        ).map(tuple),
        commands=st.lists(st.sampled_from(among), min_size=1, max_size=3, unique=True).map(tuple),
    )


@st.composite
def histories(
    draw: st.DrawFn, *, most_episodes: int = 4, among: Sequence[Command] = COMMANDS
) -> History:
    """Draw histories of two to `most_episodes` episodes."""
    later = st.lists(_episodes(1, among), min_size=1, max_size=most_episodes - 1)
    return History((draw(_episodes(0, among)), *draw(later)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """How cargo is called."""

    program: str
    env: Mapping[str, str]

    def run(self, root: Path, command: Command) -> BuildMessages:
        """Run one command, which must succeed."""
        own = dict(word.split("=", 1) for word in command if _SETTING.match(word))
        words = [word for word in command if not _SETTING.match(word)]
        done = subprocess.run(
            [self.program, *words, "--offline", "--message-format=json"],
            cwd=root,
            env={**self.env, **own},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return messages.parse(done.stdout.splitlines())


@functools.cache
def _programs() -> Path:
    command = ["rustc", "--print", "sysroot"]
    done = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    return Path(done.stdout.strip()) / "bin"


def real_cargo(layout: LayoutUnderTest, **more: str) -> Cargo:
    """The toolchain's own cargo, for one layout: rustup's proxies would take a third of the time."""
    env = environment()
    path = f"{_programs()}{os.pathsep}{env['PATH']}"
    return Cargo(
        program=str(_programs() / "cargo"), env={**env, **layout.env, "PATH": path, **more}
    )


@dataclass(slots=True, kw_only=True)
class Lived:
    """A workspace in which a history happens."""

    root: Path
    cargo: Cargo
    layout: LayoutUnderTest
    project: Project = field(default_factory=Project)

    @property
    def places(self) -> tuple[Path, ...]:
        """The target directory, and the build-dir where that is another."""
        found = (self.layout.target_dir(self.root), self.layout.build_dir(self.root))
        return tuple(dict.fromkeys(found))

    def start(self) -> None:
        projects.write(self.root, self.project)

    def live(self, history: History) -> None:
        """Let it all happen."""
        for episode in history.episodes:
            self.change(*episode.changes)
            for command in episode.commands:
                self.cargo.run(self.root, command)

    def change(self, *names: str) -> None:
        """Make changes by their names."""
        changed = self.project
        for name in names:
            changed = CHANGES[name](changed)
        projects.write(self.root, changed, self.project)
        self.project = changed

    def compiled(self, command: Command) -> list[str]:
        """Run a command of the history again: the targets that were not fresh."""
        return [a.target_name for a in self.cargo.run(self.root, command).artifacts if not a.fresh]

    def wrong(self, command: Command) -> list[str]:
        """Run a command and its programs: what they said, where that is wrong."""
        found: list[str] = []
        for artifact in self.cargo.run(self.root, command).artifacts:
            if artifact.executable and artifact.target_name == "app" and not artifact.test:
                said = subprocess.run([artifact.executable], capture_output=True, check=True)
                if said.stdout.decode() != self.project.says:
                    found.append(f"{artifact.executable} says {said.stdout!r}")
        return found

    def request(self) -> Request:
        """Ask for a sweep, as the command line does."""
        known = metadata.read(self.root / "Cargo.toml", env=self.cargo.env, flags=["--offline"])
        return Request(target_dir=known.target_directory, premises=read_premises(known))

    def sweep(self, *, live: Sequence[Command] = (), wait_s: float = 0.0) -> Swept:
        """Sweep; with `live` commands nothing else is alive."""
        request = self.request()
        if live:
            commands = [parse(shlex.join(command)) for command in live]
            named = listen(commands, cwd=self.root, env=self.cargo.env, flags=["--offline"])
            assert named.failed == ()
            request = replace(request, live=named, rest="no live command uses it")
        return sweep_one(request, dry_run=False, wait_s=wait_s, budget=None)

    def save(self) -> None:
        """Keep a copy of all that was built, with times, and with hard links also between the two places."""
        self._saved.mkdir()
        there = [place for place in self.places if place.exists()]
        subprocess.run(["cp", "-a", *there, self._saved], check=True)

    def restore(self) -> None:
        """Put what was saved in the place of what is there."""
        self.forget()
        for saved in self._saved.iterdir():
            saved.rename(self.root / saved.name)
        self._saved.rmdir()

    @property
    def _saved(self) -> Path:
        return self.root / "saved"

    def forget(self) -> None:
        """Remove all that was built."""
        for place in self.places:
            shutil.rmtree(place, ignore_errors=True)

    def built(self) -> Mapping[str, int]:
        """All files that were built, with their allocated bytes, those of several names at the first one.

        Of incremental sessions, whose names are never the same twice, the newest of each crate is number 0. So are the
        parts of rustdoc's search index, whose names are their contents' hashes: rustdoc (1.95) writes the index anew
        with each crate, and keeps crates in it that are not there any more.
        """
        found: dict[str, int] = {}
        seen: set[tuple[int, int]] = set()
        for place in self.places:
            for path in sorted(place.rglob("*")):
                status = path.lstat()
                if stat.S_ISDIR(status.st_mode):
                    continue
                identity = (status.st_dev, status.st_ino)
                found[str(path.relative_to(self.root))] = (
                    0 if identity in seen else status.st_blocks * 512
                )
                seen.add(identity)
        return with_numbered_parts(with_numbered_sessions(found))
