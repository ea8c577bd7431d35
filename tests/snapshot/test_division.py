"""How the work is divided: each file once, and none that takes long comes last."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.snapshot.division import among_processes, by_size

MIB = 2**20


@given(st.lists(st.sampled_from([0, 100, MIB, 9 * MIB, 80 * MIB])))
def test_each_file_is_somebodys(sizes: list[int]) -> None:
    large, small = by_size(range(len(sizes)), sizes.__getitem__)
    assert sorted(large + small) == list(range(len(sizes)))
    assert small == sorted(small)
    assert [sizes[n] for n in large] == sorted((s for s in sizes if s > MIB), reverse=True)


@given(st.integers(0, 100), st.sampled_from([10, 100_000]))
def test_each_task_is_one_process(count: int, files: int) -> None:
    found = among_processes(range(count), files=files)
    assert sorted(task for part in found for task in part) == list(range(count))
    assert len(found) >= 1
    assert max(map(len, found)) - min(map(len, found)) <= 1
    if files == 10 or sys.platform != "linux":
        assert len(found) == 1
