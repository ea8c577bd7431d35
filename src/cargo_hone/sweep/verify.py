"""`--verify`: the proof that a sweep took nothing that is needed. Commands are run, and cargo says what it compiled."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.messages import Artifact, BuildMessages
from cargo_hone.sweep.live import LiveCommand, named_by, run
from cargo_hone.sweep.plan import SweepPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One command after the sweep.

    `missed` are the targets that it compiled because the sweep took them, although it was not to; `priced` those that
    it gave up for a budget, `others` those that were not there, or out of date, before. `rendered` holds the compiler's
    words where it did not build.
    """

    command: LiveCommand
    ok: bool
    fresh: int
    missed: tuple[str, ...]
    priced: tuple[str, ...]
    others: tuple[str, ...]
    rendered: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the sweep took: hashes of units that were dead, hashes and packages of those that went for a budget."""

    dead: frozenset[str] = frozenset()
    priced: frozenset[str] = frozenset()
    priced_packages: frozenset[str] = frozenset()


def taken_by(plan: SweepPlan) -> Taken:
    """Return what a plan takes."""
    return Taken(
        dead=frozenset(unit.hash for unit in plan.dead),
        priced=frozenset(unit.hash for unit in plan.given_up),
        priced_packages=frozenset(unit.package for unit in plan.given_up),
    )


def verify(
    commands: Sequence[LiveCommand],
    taken: Taken,
    *,
    cwd: Path,
    env: Mapping[str, str],
    flags: Sequence[str] = (),
    build_dir: Path | None = None,
    were_fresh: bool,
    on_start: Callable[[LiveCommand], None] = lambda _: None,
) -> tuple[Checked, ...]:
    """Run the commands in `cwd`, one after the other, and say of each what it compiled, and whose doing that is.

    `were_fresh`: each of them was built right before the sweep, so whatever it compiles now and was not given up for a
    budget is the sweep's doing. Else only units that the sweep took as dead are. Raises ToolMissing without cargo.
    """
    found: list[Checked] = []
    for command in commands:
        on_start(command)
        outcome = run(command, cwd=cwd, env=env, flags=flags)
        missed: list[str] = []
        paid: list[str] = []
        others: list[str] = []
        for artifact in outcome.messages.artifacts:
            if artifact.fresh:
                continue
            hashes = _hashes(artifact, outcome.messages, build_dir)
            # Documentation and shared libraries carry no hash in their names.
            is_priced = (
                hashes & taken.priced if hashes else _package(artifact) in taken.priced_packages
            )
            if is_priced:
                paid.append(_label(artifact))
            elif were_fresh or hashes & taken.dead:
                missed.append(_label(artifact))
            else:
                others.append(_label(artifact))
        found.append(
            Checked(
                command=command,
                ok=outcome.ok,
                fresh=outcome.units_fresh,
                missed=tuple(missed),
                priced=tuple(paid),
                others=tuple(others),
                rendered=outcome.rendered,
            )
        )
    return tuple(found)


def _hashes(artifact: Artifact, messages: BuildMessages, build_dir: Path | None) -> frozenset[str]:
    """The units that one artifact may be (its program was linked just now)."""
    alone = dataclasses.replace(messages, artifacts=(artifact,), out_dirs=())
    return named_by(alone, build_dir=build_dir).hashes


def _label(artifact: Artifact) -> str:
    test = ", test" if artifact.test else ""
    return f"{_package(artifact)} {artifact.target_kinds[0]} {artifact.target_name}{test}"


def _package(artifact: Artifact) -> str:
    # Package ids are URLs (1.77): `path+file:///a/app#0.1.0` where the name is the directory's, else `…#app@0.1.0`.
    place, _, version = artifact.package_id.rpartition("#")
    name = version.partition("@")[0] if "@" in version else place.partition("?")[0]
    return name.rpartition("/")[2]
