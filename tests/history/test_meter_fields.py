"""What the meter tells of a build is kept, and older histories say what theirs was."""

from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.history import database as database_module
from cargo_hone.history.database import Database, open_history
from cargo_hone.history.migrations import MIGRATIONS
from cargo_hone.history.query import load_run
from cargo_hone.model import AccountingMethod

from .conftest import begin, sample


def test_everything_that_the_meter_tells_is_kept(database: Database) -> None:
    rich = replace(
        sample(1),
        server_cpu_s=1.25,
        peak_memory_bytes=3 << 31,
        accounting=AccountingMethod.PROCESS_TREE,
        accounting_note="no group",
        load_1m=0.75,
        clock_jump_s=-3600.5,
        suspended_s=12.5,
    )
    recorder = begin(database)
    recorder.sample(rich)
    recorder.sample(sample(2))
    assert load_run(database, recorder.run_id).samples == (rich, sample(2))


_OLD = """
INSERT INTO run (id, kind, label, outcome, started_at, workspace_root, rustc_version, cargo_version, tool_version,
    seed, cpu_model, cores, kernel)
    VALUES (1, 'optimize', '', 'finished', '', '/', '', '', '', 1, '', 1, '');
INSERT INTO variant VALUES (1, 1, 0, 'base', '[]', '[]', 0);
INSERT INTO sample (run_id, variant, scenario, repetition, started_at, wall_s, cpu_s, units_compiled, units_fresh)
    VALUES (1, 'base', 'noop', 1, '', 2.0, 1.5, 0, 3)
"""


def test_samples_of_an_older_history_are_read_as_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "MIGRATIONS", MIGRATIONS[:1])
    with open_history(tmp_path) as history, history.writing() as writer:
        for statement in _OLD.split(";"):
            writer.run(statement)
    monkeypatch.undo()
    with open_history(tmp_path) as history:
        (old,) = load_run(history, 1).samples
    assert (old.cpu_s, old.accounting, old.server_cpu_s) == (1.5, AccountingMethod.RUSAGE, None)
    assert (old.peak_memory_bytes, old.load_1m) == (None, None)
    assert (old.clock_jump_s, old.suspended_s, old.accounting_note) == (0, 0, "")
