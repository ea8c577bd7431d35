"""A budget beyond the dead: sessions, then closed sets of live units, and cargo builds exactly those again."""

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.draft import Ledger, Step
from cargo_hone.sweep.price import Source, compile_times, costs
from cargo_hone.sweep.sizing import as_pieces
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.target.premises import unknown_premises
from cargo_hone.target.running import read_in_use
from tests.sweep.plans import compiled_since, hashes, is_closed, plan_of, total
from tests.target.tiny import BUILD, CHECK, TEST, Tiny

COMMANDS = (BUILD, CHECK, TEST)


def test_cargo_builds_again_what_went_and_nothing_else(tiny: Tiny) -> None:
    for share in (0.7, 0.35, 0.05):
        whole = {unit.id.hash for unit in tiny.state().units.units}
        max_bytes = int(total(tiny) * share)
        swept = tiny.sweep(budget=Budget(max_bytes=max_bytes))
        assert swept.plan.shortfall is None
        assert swept.record.after_bytes <= max_bytes
        assert swept.record.before_bytes - swept.record.after_bytes == swept.plan.freed_bytes
        gone = whole - {unit.id.hash for unit in tiny.state().units.units}
        assert gone == hashes(swept.plan)
        assert swept.plan.alive_units == swept.record.kept_units == len(whole - gone)
        moment_ns = time.time_ns()
        for command in COMMANDS:
            tiny.cargo(*command)
        assert compiled_since(tiny, moment_ns) == gone
    said = subprocess.run([tiny.debug / "app"], capture_output=True, check=True).stdout
    assert said == b"2\n"


def test_first_the_dead_then_sessions_then_live_units(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    for command in COMMANDS:
        tiny.cargo(*command)
    before = total(tiny)
    dead = tiny.sweep(dry_run=True).plan
    assert dead.freed_bytes > 0

    little = plan_of(tiny, Budget(max_bytes=before - 1))
    assert {removal.step for removal in little.removals} == {Step.DEAD}
    assert little.freed_bytes == dead.freed_bytes

    more = plan_of(tiny, Budget(max_bytes=before - dead.freed_bytes - 1))
    assert [removal.step for removal in more.removals if removal.step is not Step.DEAD] == [
        Step.SESSIONS
    ]
    assert more.price.units == 0

    much = plan_of(tiny, Budget(max_bytes=before // 20))
    steps = list(dict.fromkeys(removal.step for removal in much.removals))
    assert steps == [Step.DEAD, Step.SESSIONS, Step.LIVE]
    assert is_closed(tiny, hashes(much))
    assert much.price.units == len(hashes(much, Step.LIVE))
    assert 0 < much.price.rebuild_s <= much.price.compile_s
    assert dict(much.price.sources) == {Source.TARGET: much.price.units}


def test_every_budget_is_reached_by_closed_sets_of_no_more_than_needed(tiny: Tiny) -> None:
    before = total(tiny)
    state = tiny.state()
    below = {
        unit_id.hash: {other.hash for other in state.graph.reachable([unit_id])}
        for unit_id in state.graph.units
    }
    freed: dict[str, int] = {}
    for step in range(1, 20):
        need_bytes = before * step // 20
        plan = plan_of(tiny, Budget(max_bytes=before - need_bytes))
        gone = hashes(plan)
        assert plan.shortfall is None
        assert plan.freed_bytes >= need_bytes
        assert is_closed(tiny, gone)
        freed = {
            removal.label.rpartition(" ")[2]: removal.freed_bytes
            for removal in plan.removals
            if removal.is_unit
        }
        for unit in gone:
            # Without the unit, and what is below it, it would be too little. (Where two uplift to one name
            # the bytes come back with the second, so they count for both.)
            kept = sum(freed[other] for other in gone & below[unit])
            assert plan.freed_bytes - kept < need_bytes
    assert freed


def test_down_to_the_last_unit(tiny: Tiny) -> None:
    everything = plan_of(tiny, Budget(max_bytes=0))
    sizes = {r.label: r.freed_bytes for r in everything.removals if r.is_unit}
    state = tiny.state()
    lowest = [unit for unit in state.units.units if not state.graph.needs[unit.id]]
    keeps = min(lowest, key=lambda unit: sizes[unit.label])
    room = total(tiny) - everything.freed_bytes + sizes[keeps.label]
    swept = tiny.sweep(budget=Budget(max_bytes=room))
    assert swept.plan.shortfall is None
    assert len(tiny.hashes()) == 1
    for command in COMMANDS:
        tiny.cargo(*command)


def test_what_cannot_be_reached_is_said_with_what_is_in_the_way(tiny: Tiny) -> None:
    nested = tiny.target / "llvm-cov-target"
    nested.mkdir()
    (nested / ".rustc_info.json").write_text("{}")
    (nested / "data").write_bytes(bytes(5_000_000))
    plan = plan_of(tiny, Budget(max_bytes=1_000_000))
    assert plan.shortfall is not None
    assert plan.shortfall.missing_bytes == plan.total_bytes - plan.freed_bytes - 1_000_000
    assert plan.shortfall.left[0].what == "nested target directories"
    assert sum(left.size_bytes for left in plan.shortfall.left) == (
        plan.total_bytes - plan.freed_bytes
    )
    assert hashes(plan) == {unit.id.hash for unit in tiny.state().units.units}

    spared = plan_of(tiny, Budget(max_bytes=1_000_000, spares_if_futile=True))
    assert hashes(spared) == set()
    assert {removal.step for removal in spared.removals} == {Step.SESSIONS}
    assert spared.shortfall is not None
    assert sum(left.size_bytes for left in spared.shortfall.left) == (
        spared.total_bytes - spared.freed_bytes
    )


def test_a_running_program_stays_with_all_it_needs(tiny: Tiny) -> None:
    child = subprocess.Popen([tiny.debug / "app", "sleep"], stdout=subprocess.DEVNULL)
    try:
        in_use = read_in_use(tiny.target)
        plan = plan_of(tiny, Budget(max_bytes=0), in_use=in_use)
        swept = tiny.sweep(budget=Budget(max_bytes=0))
        assert hashes(swept.plan) == hashes(plan)
        assert (tiny.debug / "app").exists()
    finally:
        child.kill()
        child.wait()
    assert plan.shortfall is not None
    assert "running" in plan.shortfall.left[0].what
    assert tiny.cargo("build", "-p", "app", "--bin", "app").compiled == []


def test_what_commands_named_goes_last(tiny: Tiny) -> None:
    live = tiny.cargo(*BUILD).named.hashes
    state = tiny.state()
    named = {
        unit_id.hash
        for unit_id in state.graph.reachable(u for u in state.graph.units if u.hash in live)
    }
    others = {unit_id.hash for unit_id in state.graph.units} - named
    everything = plan_of(tiny, Budget(max_bytes=0), live=live)
    assert hashes(everything) == named | others
    sizes = {r.label.rpartition(" ")[2]: r.freed_bytes for r in everything.removals}
    rest = total(tiny) - everything.freed_bytes
    room = rest + sum(sizes[hash_] for hash_ in named)
    assert hashes(plan_of(tiny, Budget(max_bytes=room), live=live)) <= others
    less = hashes(plan_of(tiny, Budget(max_bytes=room // 2), live=live))
    assert others < less


def test_free_space_is_what_the_file_system_lacks(tiny: Tiny) -> None:
    enough = plan_of(tiny, Budget(min_free_bytes=1000), free_bytes=1000)
    assert enough.removals == ()
    plan = plan_of(tiny, Budget(min_free_bytes=3_000_000), free_bytes=1_000_000)
    assert plan.shortfall is None
    assert 2_000_000 <= plan.freed_bytes < 4_000_000
    short = plan_of(tiny, Budget(min_free_bytes=10**9, max_bytes=10**9), free_bytes=0)
    assert short.shortfall is not None
    assert short.shortfall.missing_free_bytes == 10**9 - short.freed_bytes


def test_old_is_what_nothing_young_stands_on(tiny: Tiny) -> None:
    time.sleep(0.05)
    moment_ns = time.time_ns()
    tiny.edit("app/src/main.rs", "println!", 'print!(""); println!')
    tiny.cargo("build", "-p", "app", "--bin", "app")
    state = tiny.state()
    young = state.graph.reachable(
        unit.id for unit in state.units.units if unit.ended_ns >= moment_ns
    )
    now_ns = moment_ns + 10**9
    plan = plan_of(tiny, Budget(older_than_s=1.0), now_ns=now_ns)
    assert young
    assert hashes(plan, Step.OLD) == {
        unit_id.hash for unit_id in state.graph.units if unit_id not in young
    }
    assert is_closed(tiny, hashes(plan))
    assert plan.price.units == len(hashes(plan, Step.OLD))
    # Everything is younger than an hour; nothing is.
    younger = plan_of(tiny, Budget(older_than_s=3600.0), now_ns=now_ns)
    assert {removal.step for removal in younger.removals} == {Step.DEAD}
    later = plan_of(tiny, Budget(older_than_s=3600.0), now_ns=now_ns + 3600 * 10**9 * 2)
    assert hashes(later) == {unit_id.hash for unit_id in state.graph.units}

    tiny.sweep(budget=Budget(older_than_s=(time.time_ns() - moment_ns) / 1e9))
    assert tiny.cargo("build", "-p", "app", "--bin", "app").compiled == []


def test_a_shared_final_name_comes_back_with_the_last_that_makes_it(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    tiny.cargo(*BUILD)
    premises = unknown_premises(tiny.target)
    state = tiny.state()
    units = frozenset(state.graph.units)
    planned = sweep(tiny.target, premises=premises, budget=Budget(max_bytes=0), dry_run=True).plan
    ledger = Ledger()
    for directory in state.incremental:
        ledger.take(directory.tree)
    found = as_pieces(
        state,
        units,
        gone=frozenset(),
        costs=costs(state, compile_times(state)),
        ledger=ledger,
    )
    # Two generations of a program make one final name: its bytes are a piece of their own. A library's go with it.
    shared = {
        above for above, piece in zip(found.above, found.pieces, strict=True) if not piece.cost
    }
    named = {frozenset(found.units[index].package for index in above) for above in shared}
    assert named == {frozenset({"app"})}
    assert sum(piece.size_bytes for piece in found.pieces) == sum(
        removal.freed_bytes for removal in planned.removals if removal.step is Step.LIVE
    )
    swept = sweep(tiny.target, premises=premises, budget=Budget(max_bytes=0))
    assert swept.record.before_bytes - swept.record.after_bytes == planned.freed_bytes
    assert not (tiny.debug / "app").exists()


def test_recorded_times_stand_in_for_partial_ones(tiny: Tiny) -> None:
    first = tiny.sweep(dry_run=True).times
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.cargo(*BUILD)

    def sources(*recorded: float) -> dict[Source, int]:
        swept: Swept = sweep(
            tiny.target,
            premises=tiny.premises(),
            dry_run=True,
            budget=Budget(max_bytes=0),
            recorded=[replace(one, wall_s=recorded[0]) for one in first] if recorded else (),
        )
        return dict(swept.plan.price.sources)

    assert sources() == {Source.TARGET: 14, Source.ESTIMATED: 2}
    assert sources(100.0) == {Source.TARGET: 14, Source.RECORDED: 2}
    # What was recorded once is no better than a partial compilation that took longer.
    assert sources(0.0) == {Source.TARGET: 14, Source.ESTIMATED: 2}


def test_a_session_alone_slows_nothing_but_the_next_edit(tiny: Tiny) -> None:
    swept = tiny.sweep(budget=Budget(max_bytes=total(tiny) - 1))
    assert [removal.step for removal in swept.plan.removals] == [Step.SESSIONS]
    assert not Path(swept.plan.removals[0].paths[0]).exists()
    for command in COMMANDS:
        assert tiny.cargo(*command).compiled == []


def test_nothing_is_judged_but_the_size_where_the_layout_is_strange(tiny: Tiny) -> None:
    for lock in tiny.debug.glob(".cargo*-lock"):
        lock.unlink()
    swept = tiny.sweep(budget=Budget(max_bytes=1))
    assert swept.record.skipped
    assert swept.plan.shortfall is not None
    assert swept.plan.shortfall.missing_bytes == swept.record.before_bytes - 1
    assert tiny.sweep(budget=Budget(max_bytes=10**12)).plan.shortfall is None


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_a_dry_run_foretells_what_is_done(tiny: Tiny, share: float) -> None:
    budget = Budget(max_bytes=int(total(tiny) * share))
    files = tiny.files()
    planned = tiny.sweep(dry_run=True, budget=budget)
    assert tiny.files() == files
    done = tiny.sweep(budget=budget)
    assert done.plan == planned.plan
    assert done.record.after_bytes == planned.record.after_bytes
