"""The rivals themselves: a private store, cold and warm, its counts, and nothing left of it."""

import os
from pathlib import Path

import pytest

from cargo_hone.cache.capacity import parse
from cargo_hone.cache.engines import RIVALS
from cargo_hone.cache.interface import Engine
from cargo_hone.cache.trial import without_engines
from cargo_hone.cargo.build import BuildOutcome, build
from cargo_hone.demo.tiny import generate
from tests.cache.rivals import path_with

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("engine", RIVALS, ids=lambda one: one.name)
def test_cold_warm_and_cold_again(engine: Engine, tmp_path: Path) -> None:
    tiny = generate(tmp_path / "ws")
    # Too long for a socket, as scratch copies of real repositories are.
    place = tmp_path / ("long" * 20)
    place.mkdir()
    env = {**without_engines(os.environ), "PATH": path_with(engine.name)}

    def built(target: str, own: dict[str, str], config: tuple[str, ...]) -> BuildOutcome:
        return build(
            cwd=tiny.root,
            args=["build", "--workspace"],
            env={**env, **own},
            config=config,
            target_dir=tmp_path / target,
        ).require_ok("the build", next_step="")

    with engine.trial(name=engine.name, place=place, capacity=parse("1G"), env=env) as store:
        own = dict(store.own)
        found = []
        pids: set[int] = set()
        for target in ("cold", "warm", "cold again"):
            if target.startswith("cold"):
                store.prepare_cold()
            store.reset()
            assert built(target, own, store.config).units_compiled >= len(tiny.libraries)
            found.append(store.read())
            pids |= {*store.server_pids()}
        told = engine.numbers({**env, **own})
    cold, warm, again = found
    assert cold.hits == again.hits == 0
    assert cold.misses == again.misses == warm.hits > 0
    assert warm.misses == 0
    assert told.size_bytes is not None
    assert told.size_bytes > 0
    assert told.saved is not None
    assert [*place.iterdir()] == []
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    """Whether a process is there and more than a zombie that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
