"""What people and programs get to read."""

from pathlib import Path

from cargo_hone.model import Comparison, Scenario, VerdictKind
from cargo_hone.tune import shown
from cargo_hone.tune.bound import Bound, Part, UnitBound
from cargo_hone.tune.fate import Fate
from cargo_hone.tune.result import Confirmed, LeverVerdict, Tuned

ROOT = Scenario.EDIT_ROOT
FASTER = Comparison(
    kind=VerdictKind.FASTER, ratio=0.69, low=0.65, high=0.74, pairs=5, confidence=0.95
)
WIDE = Comparison(
    kind=VerdictKind.INCONCLUSIVE, ratio=1.01, low=0.9, high=1.1, pairs=2, confidence=0.95
)
BOUND = Bound(
    scenario=ROOT,
    wall_s=4.0,
    shares={Part.FRONT_END: 0.2, Part.LINKING: 0.7, Part.WAITING: 0.1},
    units=(
        UnitBound(
            unit="app",
            duration_s=3.6,
            holds_up_s=3.6,
            waited_s=0.5,
            parts={Part.FRONT_END: 0.2, Part.LINKING: 0.8},
        ),
    ),
)


def verdict(name: str, fate: Fate, why: str, effect: Comparison | None = None) -> LeverVerdict:
    return LeverVerdict(
        name=name,
        title=f"{name} for short",
        gives_up=f"what {name} was",
        fate=fate,
        why=why,
        effects={} if effect is None else {ROOT: effect},
    )


def tuned(*, kept: tuple[str, ...] = ("debug",), interrupted: bool = False) -> Tuned:
    return Tuned(
        root=Path("/ws"),
        commit="abc",
        rustc="rustc 1",
        cargo="cargo 1",
        seed=7,
        when="2026-01-01T00:00:00+00:00",
        kept=kept,
        levers=(
            verdict("debug", Fate.KEPT, "faster by itself: edit-root", FASTER),
            verdict("linker", Fate.USELESS, "no scenario gets faster", WIDE),
            verdict("mold", Fate.NOT_APPLICABLE, "mold is not installed"),
        ),
        confirmed=(Confirmed(scenario=ROOT, base_s=5.8, kept_s=4.0, comparison=FASTER),),
        bounds=(BOUND,),
        notes=("switch was not measured: why",),
        saved_a_day_s=90.0,
        margin=0.05,
        budget_s=1200.0,
        elapsed_s=1100.0,
        builds=80,
        interrupted=interrupted,
    )


def text(found: Tuned) -> str:
    return "\n".join(shown.lines(found))


def test_every_lever_has_its_gain_with_interval_or_its_reason() -> None:
    said = text(tuned())
    assert "debug   kept     -31 % (-35 to -26)  faster by itself: edit-root" in said
    assert "linker  useless  +1 % (-10 to +10)   no scenario gets faster" in said
    assert "mold: mold is not installed" in said
    assert "5.8 s → 4.0 s" in said
    assert "1.5 minutes a day" in said
    assert "seed 7" in said


def test_what_is_given_up_is_said_of_what_is_kept_only() -> None:
    said = text(tuned())
    assert "what debug was" in said
    assert "what linker was" not in said


def test_what_bounds_an_edit_is_said_unit_by_unit() -> None:
    said = text(tuned())
    assert "edit-root (4.00 s) is bound by linking: 70% linking" in said
    assert (
        "app: 3.60 s in the chain, waited 0.50 s for a core (20% the front end, 80% linking)"
        in said
    )


def test_only_a_plan_leads_to_apply() -> None:
    assert "next: cargo hone apply" in text(tuned())
    assert "apply" not in text(tuned(kept=()))
    assert "interrupted: nothing is kept" in text(tuned(kept=(), interrupted=True))


def test_the_document_has_the_same() -> None:
    document = shown.as_json(tuned())
    assert document["schema"] == "cargo-hone/tune/v1"
    assert document["kept"] == ["debug"]
    effect = document["levers"][0]["effects"]["edit-root"]
    assert (effect["verdict"], effect["ratio"], effect["low"]) == ("faster", 0.69, 0.65)
    assert document["confirmed"][0]["base_s"] == 5.8
    assert document["bounds"][0]["bound_by"] == "linking"
    assert document["bounds"][0]["units"][0]["parts"] == {"front_end": 0.2, "linking": 0.8}


def test_the_plan_for_apply_has_levers_verdicts_and_what_was_measured() -> None:
    plan = tuned().plan
    assert plan.levers == ("debug",)
    assert (plan.commit, plan.rustc, plan.cargo) == ("abc", "rustc 1", "cargo 1")
    assert plan.confirmed == {"edit-root": 0.69}
    assert [one.fate for one in plan.verdicts] == ["kept", "useless", "not applicable"]
