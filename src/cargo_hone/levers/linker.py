"""Another linker than the one that rustc's C compiler calls by itself.

That is rust-lld on x86_64-unknown-linux-gnu since rustc 1.90, the system's elsewhere: the others have to beat it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.levers import flags
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    Trial,
)
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.versions import version
from cargo_hone.model import Scenario
from cargo_hone.proc import run
from cargo_hone.workspace.facts import WorkspaceFacts

_LLD_IS_DEFAULT = {"x86_64-unknown-linux-gnu": (1, 90)}
_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker:
    """One linker. `program` is what must be on PATH, `install` what to type where it is not."""

    name: str
    title: str
    gives_up: str
    program: str
    install: str
    flag: str
    needs: tuple[Need, ...]
    step: str = "levers"
    group: str = "linker"
    moves: tuple[Scenario, ...] = (*EDITS, *CLEAN, Scenario.TEST_BUILD)

    def applicability(self, context: Context) -> Applicability:
        """Only where the C compiler that links takes it: a build must not fail because of a lever."""
        facts = context.facts
        host = facts.toolchain.host
        if "linux" not in host:
            return NotHere(reason=f"it is for Linux, and this is {host}")
        since = _LLD_IS_DEFAULT.get(host)
        if self.program == "ld.lld" and since and version(facts.toolchain.rustc) >= since:
            return Already(evidence=f"rust-lld is rustc's own choice on {host} since 1.90")
        if self.program not in facts.tools:
            return NotHere(reason=f"{self.program} is not installed ({self.install})")
        found = flags.applicability(context, (self.flag,))
        if not isinstance(found, Applies):
            return found
        driver = _driver(facts)
        if not _links(driver, self.flag, facts):
            return NotHere(
                reason=f"{driver}, which links here, cannot call {self.program}"
                " (a newer one may, or clang as target.TRIPLE.linker)"
            )
        return found

    def trial(self, context: Context) -> Trial:
        """The flag."""
        del context
        return Trial(rustflags=(self.flag,))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The flag, beside those that are there."""
        return flags.intents(context, (self.flag,))


_COLLEAGUES = "builds on machines without it, a colleague's or a runner's: they fail until it is installed there"

LLD = Linker(
    name="linker-lld",
    title="lld as the linker",
    gives_up=_COLLEAGUES,
    program="ld.lld",
    install="your system's package lld",
    flag="-Clink-arg=-fuse-ld=lld",
    needs=(Need.LLD,),
)
MOLD = Linker(
    name="linker-mold",
    title="mold as the linker",
    gives_up=_COLLEAGUES,
    program="mold",
    install="your system's package mold",
    flag="-Clink-arg=-fuse-ld=mold",
    needs=(Need.MOLD,),
)
WILD = Linker(
    name="linker-wild",
    title="wild as the linker",
    gives_up=_COLLEAGUES,
    program="wild",
    install="cargo install wild-linker --locked",
    flag="-Clink-arg=-fuse-ld=wild",
    needs=(Need.WILD,),
)


def _driver(facts: WorkspaceFacts) -> str:
    """The program that rustc calls to link for the host: as configured, else its own choice on Linux."""
    setting = facts.configuration.setting("target", facts.toolchain.host, "linker")
    return str(setting.value) if setting is not None else "cc"


def _links(driver: str, flag: str, facts: WorkspaceFacts) -> bool:
    """Whether the C compiler can be told to call that linker. It asks the linker for its version, links nothing."""
    found = shutil.which(driver, path=facts.env.get("PATH", ""))
    if found is None:
        return False
    words: Sequence[str | Path] = [found, flag.removeprefix("-Clink-arg="), "-Wl,--version"]
    return run(words, cwd=facts.root, env=facts.env, timeout_s=_LIMIT_S).ok
