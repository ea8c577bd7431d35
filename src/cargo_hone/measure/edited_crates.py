"""Which function of which crate is edited in each scenario, found out where it is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.graph import Chosen, Member, NotChosen, choose_leaf, choose_root
from cargo_hone.measure.near import near_matches
from cargo_hone.measure.scenarios import Edit, Pick, Recipe, Switch
from cargo_hone.measure.source_edit import (
    Editor,
    EditSite,
    NoSite,
    PlainEditor,
    Reaction,
    candidates,
    choose,
)
from cargo_hone.model import AnyScenario, Scenario

_NAMED_FOR = {Pick.ROOT: Scenario.EDIT_ROOT, Pick.LEAF: Scenario.EDIT_LEAF}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedCrate:
    """A function that is edited, for the report. `path` is relative to the copy's top; `why` a sentence.

    `scenario` is the one that the choice is named for, `used_by` all those that edit there.
    """

    scenario: AnyScenario
    member: str
    path: Path
    function: str
    why: str
    used_by: tuple[AnyScenario, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A scenario that cannot be run in this workspace, and why."""

    scenario: AnyScenario
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlan:
    """The places to edit, by crate, and what is to be said of them."""

    sites: Mapping[Pick | str, EditSite]
    edited: tuple[EditedCrate, ...]
    skipped: tuple[Skipped, ...]


def plan_edits(
    members: Sequence[Member],
    recipes: Sequence[Recipe],
    *,
    within: Path,
    react: Callable[[Recipe], Reaction],
    editor: Editor | None = None,
) -> EditPlan:
    """Choose and probe the functions that the recipes edit; `switch` edits root and leaf, or the one there is.

    `react` runs a recipe's command with a probe in place. No file outside of `within` is touched. Raises
    UsageProblem for a crate of the settings that is no member.
    """
    sites: dict[Pick | str, EditSite] = {}
    edited: list[EditedCrate] = []
    skipped: list[Skipped] = []
    for crate, users in _wanted(recipes).items():
        named_for = _NAMED_FOR[crate] if isinstance(crate, Pick) else users[0].scenario
        own = [user for user in users if not isinstance(user.change, Switch)]
        chosen = _chosen(crate, members)
        if isinstance(chosen, NotChosen):
            skipped += [Skipped(scenario=user.scenario, why=chosen.why) for user in own]
            continue
        # Root and leaf are never edited in one file; a crate of the settings may be one of the two.
        taken = [site.path for site in sites.values()] if isinstance(crate, Pick) else []
        site = choose(
            candidates(chosen.crate_roots, within=within, avoid=taken),
            lambda _, first=users[0]: react(first),  # type: ignore[misc]
            editor=editor or PlainEditor(),
        )
        if isinstance(site, NoSite):
            why = f"{chosen.member}: {site.why}"
            skipped += [Skipped(scenario=user.scenario, why=why) for user in own]
            continue
        sites[crate] = site
        edited.append(
            EditedCrate(
                scenario=named_for,
                member=chosen.member,
                path=site.path.resolve().relative_to(within.resolve()),
                function=site.function,
                why=chosen.why,
                used_by=tuple(user.scenario for user in users),
            )
        )
    if not sites.keys() & {Pick.ROOT, Pick.LEAF}:
        skipped += [
            Skipped(scenario=recipe.scenario, why="there is no function to edit")
            for recipe in recipes
            if isinstance(recipe.change, Switch)
        ]
    return EditPlan(sites=sites, edited=tuple(edited), skipped=tuple(skipped))


def require_members(members: Sequence[Member], recipes: Sequence[Recipe]) -> None:
    """Raise UsageProblem for a recipe that edits a crate which is no member of the workspace."""
    for recipe in recipes:
        if isinstance(recipe.change, Edit) and not isinstance(recipe.change.crate, Pick):
            _member(recipe.change.crate, members)


def _wanted(recipes: Sequence[Recipe]) -> dict[Pick | str, list[Recipe]]:
    """Say which crates are edited, and by which recipes; the root first."""
    wanted: dict[Pick | str, list[Recipe]] = {Pick.ROOT: [], Pick.LEAF: []}
    for recipe in recipes:
        match recipe.change:
            case Edit(crate=crate):
                wanted.setdefault(crate, []).append(recipe)
            case Switch():
                wanted[Pick.ROOT].append(recipe)
                wanted[Pick.LEAF].append(recipe)
            case _:
                pass
    return {crate: users for crate, users in wanted.items() if users}


def _chosen(crate: Pick | str, members: Sequence[Member]) -> Chosen | NotChosen:
    if not isinstance(crate, Pick):
        return _member(crate, members)
    match crate:
        case Pick.ROOT:
            return choose_root(members)
        case Pick.LEAF:
            return choose_leaf(members)
        case _:
            assert_never(crate)


def _member(name: str, members: Sequence[Member]) -> Chosen:
    for member in members:
        if member.name == name:
            roots = (member.lib,) if member.lib is not None else member.bins
            return Chosen(member=name, crate_roots=roots, why="the settings name it")
    names = [member.name for member in members]
    raise UsageProblem(
        f"`{name}` is no crate of this workspace{near_matches(name, names)}",
        next_step="correct `edit` in .config/hone.toml (the workspace's crates: "
        f"{', '.join(names[:20])}{', …' if len(names) > 20 else ''})",
    )
