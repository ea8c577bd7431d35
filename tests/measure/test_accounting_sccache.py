"""A real build through a real sccache: what the server and its compilers did is found."""

import os
import shutil
from pathlib import Path

import pytest

from cargo_hone.cache.capacity import parse
from cargo_hone.cache.listener import listening_pid
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import trial_cache, without_sccache
from cargo_hone.measure.accounting import Accounting, find_accounting
from cargo_hone.measure.meter import Arm, take_reading
from cargo_hone.model import AccountingMethod, Variant


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_the_servers_work_is_in_the_sample_however_it_is_counted(
    workspace: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    engine = Sccache().locate(without_sccache(environ))
    assert engine is not None
    # Libraries only, and not incremental: what sccache compiles itself, in its server.
    shutil.rmtree(workspace / "product")
    manifest = workspace / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace(', "product"', ""))
    with trial_cache(
        name="t", place=tmp_path, engine=engine.path, capacity=parse("100M"), env=environ
    ) as cache:
        assert cache.server_pids() == ()
        wrapper = f'build.rustc-wrapper="{engine.path}"'
        variant = Variant(
            name="cached",
            config=(wrapper, "build.incremental=false"),
            env=tuple(cache.own.items()),
            cached=True,
        )
        for accounting in (Accounting(), find_accounting()):
            cache.prepare_cold()
            (server,) = cache.server_pids()
            assert Path(os.readlink(f"/proc/{server}/exe")).samefile(engine.path)  # noqa: PTH115
            shutil.rmtree(tmp_path / "target", ignore_errors=True)
            reading = take_reading(
                Arm(variant=variant, probe=cache),
                workspace=workspace,
                target_dir=tmp_path / "target",
                environ=environ,
                accounting=accounting,
            )
            assert reading.outcome.ok, reading.outcome.rendered
            assert reading.cache is not None
            assert reading.cache.misses == 2
            used = reading.used
            assert used.method is accounting.method is not AccountingMethod.RUSAGE
            assert used.server_cpu_s is not None
            assert used.server_cpu_s > 0.05
            # Each process' time is cut off to ticks of 10 ms, before and after.
            expected_s = reading.outcome.cpu_s + used.server_cpu_s
            assert used.cpu_s == pytest.approx(expected_s, rel=0.05, abs=0.06)
        socket = cache.env["SCCACHE_SERVER_UDS"]
        cache.stop()
        assert listening_pid(socket) is None
