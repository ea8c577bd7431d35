"""Which variants build through a cache, and that each of those gets one of its own."""

import os
from pathlib import Path

import pytest

from cargo_hone.cache.arms import arms, is_cached
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.model import Variant
from cargo_hone.workspace import configuration

PLAIN = Variant(name="x")
RUNS_IN_SCCACHE = Variant(name="x", env=(("RUSTC_WRAPPER", "sccache"),))


def wrapped(path: str) -> Variant:
    return Variant(name="x", config=("build.jobs=1", f'build.rustc-wrapper="{path}"'))


@pytest.mark.parametrize(
    ("file", "variant", "env", "expected"),
    [
        ("", PLAIN, {}, False),
        ("", wrapped("sccache"), {}, True),
        ("", wrapped("/opt/sccache"), {}, True),
        ("", wrapped("/opt/other"), {}, False),
        ("sccache", PLAIN, {}, True),
        ("sccache", wrapped("/opt/other"), {}, False),
        ("other", wrapped("sccache"), {}, True),
        ("sccache", PLAIN, {"RUSTC_WRAPPER": ""}, False),
        ("", wrapped("sccache"), {"RUSTC_WRAPPER": "other"}, False),
        ("", RUNS_IN_SCCACHE, {}, True),
        ("", PLAIN, {"CARGO_BUILD_RUSTC_WRAPPER": "sccache"}, True),
    ],
)
def test_whose_wrapper_is_a_cache(
    tmp_path: Path, file: str, variant: Variant, env: dict[str, str], expected: bool
) -> None:
    if file:
        (tmp_path / ".cargo").mkdir()
        (tmp_path / ".cargo/config.toml").write_text(f'[build]\nrustc-wrapper = "{file}"\n')
    layers = configuration.read(tmp_path, env={"CARGO_HOME": str(tmp_path / "home"), **env})
    assert is_cached(variant, layers) is expected


def test_each_cached_variant_has_a_cache_of_its_own_that_goes(tmp_path: Path) -> None:
    found = Sccache().locate(os.environ)
    assert found is not None
    variants = [Variant(name=name, cached=name != "plain") for name in ("plain", "a b", "c")]
    with arms(
        variants,
        place=tmp_path,
        environ=dict(os.environ),
        engine=found.path,
        capacity=Capacity(size_bytes=10**9),
    ) as made:
        plain, first, second = made
        assert plain.probe is None
        assert not plain.variant.cached
        directories = {dict(arm.variant.env)["SCCACHE_DIR"] for arm in (first, second)}
        assert len(directories) == 2
        for arm in (first, second):
            assert arm.probe is not None
            arm.probe.prepare_cold()
            arm.probe.reset()
            assert arm.probe.read().hits == 0
        assert all(Path(directory).is_dir() for directory in directories)
    assert [*tmp_path.iterdir()] == []


def test_without_the_program_no_variant_is_cached(tmp_path: Path) -> None:
    with arms(
        [Variant(name="a", cached=True)],
        place=tmp_path,
        environ={},
        engine=None,
        capacity=Capacity(size_bytes=10**9),
    ) as (only,):
        assert only.probe is None
        assert not only.variant.cached
