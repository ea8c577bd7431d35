"""How files are split among threads: each once, and none that takes long comes last."""

from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.snapshot.shares import shares

MIB = 2**20


def split(sizes: list[int], *, at_once: int) -> list[list[int]]:
    return [list(s) for s in shares(range(len(sizes)), sizes.__getitem__, at_once=at_once)]


@given(st.lists(st.sampled_from([0, 100, MIB, 9 * MIB, 80 * MIB])), st.integers(1, 5))
def test_each_file_is_in_one_share(sizes: list[int], at_once: int) -> None:
    found = split(sizes, at_once=at_once)
    assert sorted(number for share in found for number in share) == list(range(len(sizes)))
    assert all(1 <= len(share) <= at_once for share in found)


def test_large_files_come_first_and_alone_the_others_in_their_order() -> None:
    sizes = [1, 9 * MIB, 2, 800 * MIB, 3, 4, 5]
    assert split(sizes, at_once=3) == [[3], [1], [0, 2, 4], [5, 6]]
