"""Each run once, however often it comes, and from however many at once."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from cargo_hone.history.database import Database, open_history
from cargo_hone.history.merge import Merged, known_uids, merge
from cargo_hone.history.portable import PortableRun, encode
from cargo_hone.history.query import load_run, runs

from .measured import commit, measured

ROOT = Path("/code/shop")


def some(count: int) -> list[PortableRun]:
    times = {("noop", "baseline"): [1.0, 1.1], ("noop", "slim"): [0.9]}
    return [measured(times, at=commit(day), day=day) for day in range(1, count + 1)]


def test_a_second_merge_adds_nothing(database: Database) -> None:
    assert merge(database, some(3), workspace_root=ROOT) == Merged(new=3, known=0)
    assert merge(database, some(4), workspace_root=ROOT) == Merged(new=1, known=3)
    assert [run.samples for run in runs(database)] == [3, 3, 3, 3]


def test_what_is_here_is_never_changed(database: Database) -> None:
    (run,) = some(1)
    merge(database, [run], workspace_root=ROOT)
    forged = PortableRun(uid=run.uid, record=replace(run.record, label="forged", samples=()))
    assert merge(database, [forged], workspace_root=ROOT) == Merged(new=0, known=1)
    assert load_run(database, 1).label == ""
    assert len(load_run(database, 1).samples) == 3


def test_one_run_twice_in_one_merge_is_one(database: Database) -> None:
    assert merge(database, some(1) * 2, workspace_root=ROOT) == Merged(new=1, known=1)


_MERGE = """
import sys
from pathlib import Path
from cargo_hone.history.database import open_history
from cargo_hone.history.merge import merge
from cargo_hone.history.portable import decode_lines
runs = list(decode_lines(Path(sys.argv[2]).read_bytes(), where="file"))
with open_history(Path(sys.argv[1])) as database:
    for run in runs:
        merge(database, [run], workspace_root=Path("/code/shop"))
"""


def test_processes_may_merge_the_same_runs_at_once(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    file.write_bytes(b"".join(encode(run) for run in some(40)))
    words = [sys.executable, "-c", _MERGE, str(tmp_path / "state"), str(file)]
    started = [subprocess.Popen(words) for _ in range(3)]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    with open_history(tmp_path / "state") as database:
        assert known_uids(database) == {run.uid for run in some(40)}
        assert [run.samples for run in runs(database)] == [3] * 40
