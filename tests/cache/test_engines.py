"""Each engine is found, asked and capped in its own way, and answers in the same terms."""

import json
import os
from pathlib import Path

import pytest

from cargo_hone.cache.capacity import parse
from cargo_hone.cache.engines import DEFAULT, ENGINES, LISTED, engine_named, installed_rivals
from cargo_hone.cache.interface import CacheNumbers, Engine
from cargo_hone.cache.located import on_path
from cargo_hone.cache.mbx import Mbx
from cargo_hone.cache.mbx import counts as mbx_counts
from cargo_hone.cache.sccache import Sccache, time_saved
from cargo_hone.cache.trial import without_engines
from cargo_hone.cache.zccache import Zccache
from cargo_hone.cargo.build import build
from cargo_hone.demo.tiny import generate
from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.model import CacheCounts

RIVALS = (Mbx(), Zccache())


def program(place: Path, name: str, body: str) -> dict[str, str]:
    """An executable of that name, and the environment that finds it."""
    path = place / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return {"PATH": f"{place}:/usr/bin:/bin", "HOME": str(place)}


def test_the_default_is_not_a_rival_and_names_are_unique() -> None:
    assert DEFAULT is ENGINES[0]
    names = [one.name for one in (*ENGINES, *LISTED)]
    assert len(names) == len(set(names))
    assert engine_named("mbx") in ENGINES
    assert engine_named("kache") is None


def test_a_rival_is_found_on_path_with_its_version(tmp_path: Path) -> None:
    env = program(tmp_path, "mbx", 'echo "mbx 9.8.7"')
    (rival,) = installed_rivals(env)
    assert (rival.engine.name, rival.location.version) == ("mbx", "9.8.7")
    assert rival.location.path == tmp_path / "mbx"
    assert installed_rivals({"PATH": "/nonexistent"}) == ()


@pytest.mark.parametrize("body", ["exit 1", "echo", "exit 0"])
def test_a_program_of_that_name_that_tells_no_version_is_not_it(tmp_path: Path, body: str) -> None:
    assert on_path("mbx", program(tmp_path, "mbx", body)) is None


def test_asking_for_the_version_makes_no_store_in_the_home(tmp_path: Path) -> None:
    body = 'touch "${ZCCACHE_CACHE_DIR:-$HOME/store}/made"; echo "zccache 1"'
    env = program(tmp_path, "zccache", body)
    (tmp_path / "store").mkdir()
    assert Zccache().locate(env) is not None
    assert [*(tmp_path / "store").iterdir()] == []


@pytest.mark.parametrize("rival", RIVALS, ids=lambda one: one.name)
def test_without_the_program_the_error_names_the_installation(
    rival: Engine, tmp_path: Path
) -> None:
    nowhere = {"PATH": "/nonexistent"}
    with pytest.raises(ToolMissing) as raised:
        rival.numbers(nowhere)
    assert rival.install in raised.value.next_step
    capacity = parse("1G")
    with (
        pytest.raises(ToolMissing),
        rival.trial(name="x", place=tmp_path, capacity=capacity, env=nowhere),
    ):
        pytest.fail("a trial began")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("engine", ENGINES, ids=lambda one: one.name)
def test_a_cap_never_becomes_larger(engine: Engine) -> None:
    (text,) = engine.cap(parse("10G")).values()
    size_bytes = int(text[:-1]) * 1024 if text.endswith("K") else int(text)
    assert 10**10 - 1024 < size_bytes <= 10**10


def test_trials_begin_without_anybodys_settings() -> None:
    env = {"SCCACHE_DIR": "a", "MBX_REMOTE_URL": "b", "ZCCACHE_CACHE_DIR": "c", "HOME": "d"}
    assert without_engines(env) == {"HOME": "d"}


def test_sccache_tells_what_its_hits_saved_as_an_estimate(tmp_path: Path) -> None:
    """The real one: nothing before a hit, and at most what compiling took."""
    tiny = generate(tmp_path / "ws")
    env = without_engines(os.environ)
    with DEFAULT.trial(name="x", place=tmp_path, capacity=parse("1G"), env=env) as store:
        own = {**env, **store.own}
        assert DEFAULT.numbers(own).running is False
        store.prepare_cold()
        seen: list[CacheNumbers] = []
        for target in ("one", "two"):
            store.reset()
            done = build(
                cwd=tiny.root,
                args=["build"],
                env=own,
                config=(*store.config, "build.incremental=false"),
                target_dir=tmp_path / target,
            )
            done.require_ok("the build", next_step="")
            seen.append(DEFAULT.numbers(own))
        cold, warm = seen
        assert store.read().hits == len(tiny.libraries)
    assert (cold.hits, cold.misses, cold.saved) == (0, len(tiny.libraries), None)
    assert (warm.running, warm.cap_bytes) == (True, parse("1G").size_bytes // 1024 * 1024)
    assert warm.saved is not None
    assert 0 < warm.saved.estimate_s < 60


def test_an_estimate_is_hits_times_the_average_miss_less_the_reading() -> None:
    stats = {
        "cache_hits": {"counts": {"Rust": 6, "C": 2}},
        "compilations": 4,
        "compiler_write_duration": {"secs": 10, "nanos": 0},
        "cache_read_hit_duration": {"secs": 1, "nanos": 500_000_000},
    }
    saved = time_saved(stats)
    assert saved is not None
    assert saved.estimate_s == pytest.approx(8 * 2.5 - 1.5)
    assert time_saved({**stats, "compilations": 0}) is None
    assert time_saved({**stats, "cache_hits": {"counts": {}}}) is None


def test_mbx_counts_what_it_compiles_incrementally_once() -> None:
    """A report of version 5, after an edit of a crate that four others use."""
    raw = {
        "hits": 0,
        "misses": 1,
        "unconsulted": 4,
        "incremental_compilations": 5,
        "bypasses": {"compiler-query": 2},
        "remote_failures": 0,
        "divergences": 0,
    }
    assert mbx_counts(raw) == CacheCounts(hits=0, misses=0, not_cacheable=7, errors=0)


def test_mbx_has_no_server_and_keeps_no_misses(tmp_path: Path) -> None:
    answers = {
        "--version": "mbx 1.29.1",
        "stats": json.dumps(
            {"savings": {"cached_compilations": 8, "estimated_compiler_ns_avoided": 449_303_526}}
        ),
        "cache": json.dumps({"total_bytes": 14_163_441, "store": "/s"}),
        "settings": "3GiB",
    }
    cases = "\n".join(f"{word}) echo '{answer}' ;;" for word, answer in answers.items())
    numbers = Mbx().numbers(program(tmp_path, "mbx", f'case "$1" in\n{cases}\nesac'))
    assert (numbers.running, numbers.hits, numbers.misses) == (None, 8, None)
    assert (numbers.size_bytes, numbers.cap_bytes) == (14_163_441, 3 * 2**30)
    assert numbers.saved is not None
    assert numbers.saved.estimate_s == pytest.approx(0.449, abs=0.001)


def test_an_engine_that_fails_is_an_error_with_its_words(tmp_path: Path) -> None:
    body = '[ "$1" = --version ] && echo "mbx 1" || { echo "no store" >&2; exit 1; }'
    with pytest.raises(Unavailable) as raised:
        Mbx().numbers(program(tmp_path, "mbx", body))
    assert "no store" in raised.value.detail


def test_without_a_daemon_zccache_only_knows_its_place(tmp_path: Path) -> None:
    body = """case "$1" in
--version) echo "zccache 1.15.8" ;;
status) echo '{"status": "error", "error": "daemon not running"}'; exit 1 ;;
cache-root) echo /somewhere ;;
esac"""
    numbers = Zccache().numbers(program(tmp_path, "zccache", body))
    assert numbers == CacheNumbers(running=False, location="/somewhere")


def test_a_path_given_to_sccache_is_the_one_of_its_trials(tmp_path: Path) -> None:
    location = DEFAULT.locate(os.environ)
    assert location is not None
    given = Sccache(location.path)
    with given.trial(name="x", place=tmp_path, capacity=parse("1G"), env=os.environ) as store:
        assert store.own["SCCACHE_PATH"] == str(location.path)
        assert store.config == (f'build.rustc-wrapper="{location.path}"',)
