import os
import subprocess
import time
from pathlib import Path

from cargo_hone.measure.abandoned import PLACE_VARIABLE, end_processes


def _start(**env: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "60"], env={**os.environ, **env}, start_new_session=True)


def test_only_what_runs_for_that_place_is_ended(tmp_path: Path) -> None:
    place = tmp_path / "place"
    mine = [_start(**{PLACE_VARIABLE: str(place)}) for _ in range(2)]
    others = [_start(**{PLACE_VARIABLE: f"{place}-2"}), _start(OTHER=f"{PLACE_VARIABLE}={place}")]
    try:
        time.sleep(0.1)  # until each has become `sleep`
        assert end_processes(place) == 2
        assert [process.wait(5) for process in mine] == [-9, -9]
        assert [process.poll() for process in others] == [None, None]
        assert end_processes(place) == 0
    finally:
        for process in (*mine, *others):
            process.kill()
            process.wait()


def test_without_proc_nothing_is_found(tmp_path: Path) -> None:
    assert end_processes(tmp_path, proc=tmp_path / "no-proc") == 0
