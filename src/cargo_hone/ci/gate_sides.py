"""One side of the proof: a scratch copy of the workspace, as it is or at another commit, and its builds."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache import arms, capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import without_sccache
from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.ci.gate_judged import Budget
from cargo_hone.errors import UsageProblem
from cargo_hone.measure.builds import Builds
from cargo_hone.measure.edited_crates import plan_edits
from cargo_hone.measure.graph import members_of
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.repository import Repository
from cargo_hone.measure.scenarios import Pick, Recipe
from cargo_hone.measure.schedule import Step
from cargo_hone.measure.scratch import Scratch, scratch_copy
from cargo_hone.measure.source_edit import PROBE_TEXT, Reaction
from cargo_hone.measure.sources import Sources
from cargo_hone.model import Sample, Variant
from cargo_hone.workspace.configuration import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be proven: `allowed` has the budgets, each with the growth that it permits."""

    known: Metadata
    base_commit: str
    allowed: Mapping[Budget, float]
    seconds: float
    env: Mapping[str, str]
    flags: tuple[str, ...]
    configuration: Configuration
    cache_size: str
    scratch_parent: Path | None
    room_bytes: int
    seed: int
    tell: Callable[[str], None]


class Side:
    """One of the two copies, with its builds."""

    def __init__(self, name: str, place: Scratch, arm: Arm, task: Task) -> None:
        flags = task.flags
        if (place.workspace / "Cargo.lock").exists() and "--locked" not in flags:
            flags = (*flags, "--locked")
        self.name = name
        self.place = place
        self.sources = Sources(place)
        self.builds = Builds(
            place,
            (arm,),
            flags=flags,
            keep_going=False,
            report=lambda doing, _, units: task.tell(_doing(name, doing, units)),
        )
        self.edited = ""

    def choose_edit(self, recipe: Recipe, flags: Sequence[str]) -> str:
        """Find the function to edit; returns why there is none, or nothing."""
        manifest = self.place.workspace / "Cargo.toml"
        members = members_of(metadata.read(manifest, env=self.place.environ, flags=flags))
        plan = plan_edits(
            members,
            [recipe],
            within=self.place.top,
            react=self._react,
            editor=self.place,
        )
        self.sources.sites = plan.sites
        if plan.edited:
            self.edited = plan.edited[0].member
            return ""
        return f"{self.name}: {plan.skipped[0].why if plan.skipped else 'there is no function to edit'}"

    def _react(self, recipe: Recipe) -> Reaction:
        outcome = self.builds.build(self.builds.base, recipe.command, "looking for an edit").outcome
        self.builds.forget(self.builds.base)
        if outcome.ok:
            return Reaction.IGNORED
        return Reaction.COMPILED if PROBE_TEXT in outcome.rendered else Reaction.BROKEN

    def edit(self, recipe: Recipe, *, timed: bool, repetition: int) -> Sample | None:
        """Edit and build; the first build after an edit writes state that later ones only amend, and is not timed."""
        self.sources.edit(Pick.ROOT)
        if not timed:
            self.builds.ready(recipe, [self.name], version=self.sources.version)
            return None
        return self.timed(recipe, repetition)

    def timed(self, recipe: Recipe, repetition: int) -> Sample | None:
        """Make one timed build."""
        step = Step(scenario=recipe.scenario, variant=self.name, repetition=repetition)
        return self.builds.timed(recipe, step, version=self.sources.version)

    def ready(self, recipe: Recipe) -> None:
        """Bring the target directory up to the sources, untimed."""
        self.builds.ready(recipe, [self.name], version=self.sources.version)


@contextlib.contextmanager
def side_of(task: Task, name: str, *, commit: str | None) -> Iterator[Side]:
    """Make a scratch copy, at `commit` (None: as the tree is); it goes at the end. Errors as those of `prove`."""
    task.tell(f"making the scratch copy of {name}")
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(
            scratch_copy(
                task.known.workspace_root,
                target_dir=task.known.target_directory,
                environ=without_sccache(task.env),
                room_bytes=task.room_bytes,
                parent=task.scratch_parent,
            )
        )
        if commit is not None:
            _check_out(place, commit)
        variant = Variant(name=name)
        cached = arms.is_cached(variant, task.configuration)
        engine = Sccache().locate(task.env) if cached else None
        made = stack.enter_context(
            arms.arms(
                (Variant(name=name, cached=cached),),
                place=place.builds_dir,
                environ=place.environ,
                engine=engine.path if engine else None,
                capacity=capacity.parse(task.cache_size),
            )
        )
        known = metadata.read(place.workspace / "Cargo.toml", env=place.environ, flags=task.flags)
        paths = [p.manifest_path for p in known.packages.values() if p.source is None]
        place.refuse_ways_back(paths)
        yield Side(name, place, made[0], task)


def _check_out(place: Scratch, commit: str) -> None:
    """Bring a copy to another commit, in its private repository: the user's is only read."""
    if not isinstance(place.repository, Repository):
        raise UsageProblem(
            f"base cannot be checked out: {place.repository.why}",
            next_step="run the gate in a git repository, or without the proof: --no-proof",
        )
    place.repository.required("checkout", "--quiet", "--force", "--detach", commit)
    if not (place.workspace / "Cargo.toml").is_file():
        where = os.path.relpath(place.workspace, place.top)
        raise UsageProblem(
            f"base ({commit[:12]}) has no workspace in {where}",
            next_step="name a base that has one: --base NAME, or leave the proof out: --no-proof",
        )


def _doing(name: str, doing: str, units: int) -> str:
    return f"{name}: {doing}" + (f", {units} units" if units else "")
