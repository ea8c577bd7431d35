"""Which run of the history says whether an engine pays."""

from pathlib import Path

from cargo_hone.cache.break_even import Pays
from cargo_hone.cache.weighed import Weighed, newest
from cargo_hone.history.database import open_history
from cargo_hone.history.run import RunKind
from cargo_hone.model import Scenario, Variant
from tests.cache.planted_run import BASELINE, clean_builds, plant

SCCACHE = Variant(name="sccache only", cached=True)
MBX = Variant(name="mbx only", cached=True)


def weigh(state: Path, engine: str) -> Weighed | None:
    with open_history(state) as database:
        return newest(database, engine)


def test_nothing_measured_is_nothing_said(tmp_path: Path) -> None:
    assert weigh(tmp_path, "sccache") is None


def test_the_newest_run_that_measured_the_engine_counts(tmp_path: Path) -> None:
    plant(tmp_path, [BASELINE, SCCACHE], clean_builds("sccache only", cold_s=11.0, warm_s=9.9))
    with_rival = {
        **clean_builds("sccache only", cold_s=11.0, warm_s=5.0),
        **clean_builds("mbx only", cold_s=13.0, warm_s=1.0),
    }
    wanted = plant(tmp_path, [BASELINE, MBX, SCCACHE], with_rival)
    plant(tmp_path, [BASELINE], {(Scenario.CLEAN_COLD, "baseline"): (10.0, 10.1, 10.2)})
    ours, rival = weigh(tmp_path, "sccache"), weigh(tmp_path, "mbx")
    assert ours is not None
    assert rival is not None
    assert (ours.run_id, rival.run_id) == (wanted, wanted)
    assert ours.found.gain_s is not None
    assert rival.found.gain_s is not None
    assert 4.5 < ours.found.gain_s < 5.5
    assert 8.5 < rival.found.gain_s < 9.5
    assert weigh(tmp_path, "zccache") is None


def test_a_run_that_was_cut_short_does_not_hide_an_older_one(tmp_path: Path) -> None:
    whole = plant(
        tmp_path, [BASELINE, SCCACHE], clean_builds("sccache only", cold_s=11.0, warm_s=5.0)
    )
    plant(tmp_path, [BASELINE, SCCACHE], {(Scenario.CLEAN_COLD, "sccache only"): (11.0,)})
    found = weigh(tmp_path, "sccache")
    assert found is not None
    assert found.run_id == whole
    assert found.found.verdict is Pays.PAYS


def test_a_variant_of_measure_counts_where_it_changes_the_wrapper_alone(tmp_path: Path) -> None:
    wrapper = 'build.rustc-wrapper="sccache"'
    more = Variant(name="fast", config=(wrapper, "profile.dev.debug=0"), cached=True)
    plant(
        tmp_path,
        [BASELINE, more],
        clean_builds("fast", cold_s=9.0, warm_s=2.0),
        kind=RunKind.MEASURE,
    )
    assert weigh(tmp_path, "sccache") is None
    alone = Variant(name="cache", config=(wrapper,), cached=True)
    plant(
        tmp_path,
        [BASELINE, alone],
        clean_builds("cache", cold_s=11.0, warm_s=5.0),
        kind=RunKind.MEASURE,
    )
    assert weigh(tmp_path, "sccache") is not None
    assert weigh(tmp_path, "mbx") is None


def test_a_base_that_is_cached_itself_is_no_plain_build(tmp_path: Path) -> None:
    cached_base = Variant(name="baseline", cached=True)
    plant(tmp_path, [cached_base, SCCACHE], clean_builds("sccache only", cold_s=11.0, warm_s=5.0))
    assert weigh(tmp_path, "sccache") is None
