"""Which function of which crate is edited in each scenario, found out in the scratch copy."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.measure.graph import Member, NotChosen, choose_leaf, choose_root
from cargo_hone.measure.source_edit import EditSite, NoSite, Reaction, candidates, choose
from cargo_hone.model import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedCrate:
    """What an edit scenario edits, for the report. `path` is relative to the copy's top; `why` a sentence."""

    scenario: Scenario
    member: str
    path: Path
    function: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A scenario that cannot be run in this workspace, and why."""

    scenario: Scenario
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlan:
    """The places to edit, by scenario, and what is to be said of them."""

    sites: Mapping[Scenario, EditSite]
    edited: tuple[EditedCrate, ...]
    skipped: tuple[Skipped, ...]


def plan_edits(
    members: Sequence[Member],
    wanted: Collection[Scenario],
    *,
    within: Path,
    react: Callable[[EditSite], Reaction],
) -> EditPlan:
    """Choose and probe the functions that the wanted scenarios edit; `switch` edits both, or the one there is.

    `react` builds with a probe in place. No file outside of `within` is touched.
    """
    sites: dict[Scenario, EditSite] = {}
    edited: list[EditedCrate] = []
    skipped: list[Skipped] = []
    for scenario, pick in ((Scenario.EDIT_ROOT, choose_root), (Scenario.EDIT_LEAF, choose_leaf)):
        if not {scenario, Scenario.SWITCH} & set(wanted):
            continue
        chosen = pick(members)
        if isinstance(chosen, NotChosen):
            skipped.append(Skipped(scenario=scenario, why=chosen.why))
            continue
        taken = [site.path for site in sites.values()]
        site = choose(candidates(chosen.crate_roots, within=within, avoid=taken), react)
        if isinstance(site, NoSite):
            skipped.append(Skipped(scenario=scenario, why=f"{chosen.member}: {site.why}"))
            continue
        sites[scenario] = site
        edited.append(
            EditedCrate(
                scenario=scenario,
                member=chosen.member,
                path=site.path.resolve().relative_to(within.resolve()),
                function=site.function,
                why=chosen.why,
            )
        )
    if not sites:
        skipped.append(Skipped(scenario=Scenario.SWITCH, why="there is no function to edit"))
    return EditPlan(
        sites=sites,
        edited=tuple(edited),
        skipped=tuple(item for item in skipped if item.scenario in wanted),
    )
