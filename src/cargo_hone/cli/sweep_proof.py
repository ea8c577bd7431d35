"""`--live` and `--verify`: which commands are meant, what they use, and the proof after the sweep."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cargo_hone.cli import sweep_record
from cargo_hone.cli.invocation import Invocation
from cargo_hone.cli.sweep_asked import WAIT_S, Asked
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.sweep import commands, live
from cargo_hone.sweep.commands import Commands
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.live import Live, LiveCommand
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept, sweep_one

if TYPE_CHECKING:
    from cargo_hone.history.sweeps import OwnSweep
    from cargo_hone.sweep.verify import Checked

_REPORT = "please report this as a bug in cargo-hone, with the output of `cargo hone sweep -n --format json`"


@dataclass(slots=True, kw_only=True)
class Proof:
    """The commands of one call of the program. `code` is what they say for its exit code."""

    invocation: Invocation
    asked: Asked
    subjects: list[Subject]
    code: Exit = Exit.OK
    checked: "tuple[Checked, ...]" = ()
    _failed: frozenset[LiveCommand] = frozenset()
    _found: dict[Path, Commands] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = "--live" if self.asked.live else "--verify" if self.asked.verify else ""
        if wanted and (len(self.subjects) != 1 or self.subjects[0].known is None):
            raise UsageProblem(
                f"{wanted} is about the commands of one workspace",
                next_step="name that workspace's directory alone, or run cargo hone in it",
            )

    def listen(self) -> Live:
        """Build the live commands, and return what they use; one that does not build is told."""
        if not self.asked.live:
            return live.NOTHING
        found = live.listen(
            self.asked.live,
            cwd=self.subjects[0].root,
            env=self.invocation.env,
            flags=self.invocation.flags,
            build_dir=self.subjects[0].build_dir,
            on_start=functools.partial(self._note, "building what is live"),
        )
        console = self.invocation.console
        for failed in found.failed:
            console.err.write(failed.rendered.rstrip() + "\n\n")
            console.error(
                f"`cargo {failed.command.text}` does not build: only what is provably dead goes\n"
                "  next: make it build, then run the command again"
            )
            self.code = Exit.BUILD_FAILED
        self._failed = frozenset(failed.command for failed in found.failed)
        if not found.hashes and not found.failed:
            raise UsageProblem(
                "cargo compiles nothing for the live commands, so all would be dead",
                next_step='name the commands that you use: --live "test --workspace"',
            )
        return found

    def commands_of(self, subject: Subject) -> Commands:
        """Return what this repository runs, where nobody said what is live."""
        if self.asked.live or subject.known is None:
            return Commands()
        if subject.root not in self._found:
            self._found[subject.root] = commands.find(subject.root, self.invocation.env)
        return self._found[subject.root]

    def check(self, swept: Swept, kept: "OwnSweep | None") -> None:
        """Run the commands after the sweep, say loudly what it should not have taken, and keep it."""
        if not self.asked.verify:
            return
        subject, console = self.subjects[0], self.invocation.console
        meant = [command for command in self.asked.live if command not in self._failed]
        meant = meant or [one.command for one in self.commands_of(subject).found]
        if not meant:
            console.note(
                "note: there is nothing to verify with: no live command builds, and none is found elsewhere"
                if self._failed
                else "note: there is nothing to verify with: neither the workflows nor .config/hone.toml name one;"
                ' say it: --live "build --workspace"'
            )
            return
        from cargo_hone.sweep.verify import taken_by, verify  # noqa: PLC0415 - only where it is wanted

        self.checked = verify(
            meant,
            taken_by(swept.plan),
            cwd=subject.root,
            env=self.invocation.env,
            flags=self.invocation.flags,
            build_dir=subject.build_dir,
            were_fresh=bool(self.asked.live),
            on_start=functools.partial(self._note, "verifying"),
        )
        missed = [label for one in self.checked for label in one.missed]
        self._keep(subject, kept, len(missed))
        for one in self.checked:
            if not one.ok:
                console.err.write(one.rendered.rstrip() + "\n\n")
                built_before = " any more" if self.asked.live else ""
                console.error(
                    f"`cargo {one.command.text}` does not build{built_before}\n"
                    f"  next: {_REPORT if self.asked.live else 'see whether it built before the sweep'}"
                )
                self.code = Exit.BUILD_FAILED
        if missed:
            console.error(
                f"the sweep took what is needed: cargo compiled {', '.join(missed)}\n  next: {_REPORT}"
            )
            self.code = Exit.BUG

    def _keep(self, subject: Subject, kept: "OwnSweep | None", rebuilt_units: int) -> None:
        if kept is None:
            return
        # What the commands compiled just now is what the price was for.
        request = Request(
            target_dir=subject.target_dir, premises=subject.premises(self.invocation.env)
        )
        again = sweep_one(request, dry_run=True, wait_s=WAIT_S, budget=None)
        sweep_record.proven(self.invocation, subject, kept, again, rebuilt_units=rebuilt_units)

    def _note(self, doing: str, command: LiveCommand) -> None:
        self.invocation.console.note(f"{doing}: cargo {command.text}")
