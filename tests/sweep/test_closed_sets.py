"""The search for what to give up, against every possible answer on small graphs."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.sweep.closed_sets import Piece, cheapest

Above = Sequence[frozenset[int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Piece], list[frozenset[int]]]:
    """Up to eight pieces; of two the later one never stands on the earlier one. Sizes and costs of all sorts."""
    count = draw(st.integers(1, 8))
    number = st.one_of(st.integers(1, 3), st.integers(1, 100))
    pieces = [
        Piece(cost=float(draw(number)), size_bytes=draw(st.one_of(st.just(0), number)))
        for _ in range(count)
    ]
    above = [
        frozenset(other for other in range(index) if draw(st.integers(0, 2)) == 0)
        for index in range(count)
    ]
    return pieces, above


def is_closed(chosen: frozenset[int], above: Above) -> bool:
    return all(above[index] <= chosen for index in chosen)


def size(chosen: frozenset[int], pieces: Sequence[Piece]) -> int:
    return sum(pieces[index].size_bytes for index in chosen)


def cost(chosen: frozenset[int], pieces: Sequence[Piece]) -> float:
    return sum(pieces[index].cost for index in chosen)


def below(index: int, above: Above) -> set[int]:
    """The piece and all that it stands on."""
    found = {index}
    while more := {i for i in range(len(above)) if above[i] & found} - found:
        found |= more
    return found


def least_cost(pieces: Sequence[Piece], above: Above, need_bytes: int) -> float:
    """The optimum, by trying all subsets."""
    subsets = (
        frozenset(i for i in range(len(pieces)) if bits >> i & 1)
        for bits in range(1 << len(pieces))
    )
    return min(
        cost(chosen, pieces)
        for chosen in subsets
        if size(chosen, pieces) >= need_bytes and is_closed(chosen, above)
    )


@settings(max_examples=300, deadline=None)
@given(graph=graphs(), share=st.floats(0.01, 1.0))
def test_enough_closed_nothing_too_much_and_near_the_optimum(
    graph: tuple[list[Piece], list[frozenset[int]]], share: float
) -> None:
    pieces, above = graph
    need_bytes = max(int(size(frozenset(range(len(pieces))), pieces) * share), 1)
    chosen = cheapest(pieces, above, need_bytes=need_bytes)
    assert is_closed(chosen, above)
    if size(frozenset(range(len(pieces))), pieces) < need_bytes:
        assert chosen == frozenset(range(len(pieces)))
        return
    assert size(chosen, pieces) >= need_bytes
    for index in chosen:
        kept = chosen - below(index, above)
        assert size(kept, pieces) < need_bytes, "it could have been put back"
    assert cost(chosen, pieces) <= 2 * least_cost(pieces, above, need_bytes)


def test_what_stands_on_a_piece_goes_with_it() -> None:
    # Piece 1 is large, but the expensive 0 stands on it; 2 is free to go.
    pieces = [
        Piece(cost=50, size_bytes=1),
        Piece(cost=1, size_bytes=100),
        Piece(cost=20, size_bytes=80),
    ]
    above = [frozenset[int](), frozenset({0}), frozenset[int]()]
    assert cheapest(pieces, above, need_bytes=60) == {2}
    assert cheapest(pieces, above, need_bytes=90) == {0, 1}
    assert cheapest(pieces, above, need_bytes=150) == {0, 1, 2}


def test_a_costly_top_is_worth_it_where_much_stands_below() -> None:
    # Each small one is cheaper per byte than the top, all of them together are not.
    many = [Piece(cost=40, size_bytes=10) for _ in range(8)]
    pieces = [
        Piece(cost=100, size_bytes=0),
        *(Piece(cost=1, size_bytes=10) for _ in range(8)),
        *many,
    ]
    above = [frozenset[int](), *[frozenset({0})] * 8, *[frozenset[int]()] * 8]
    assert cheapest(pieces, above, need_bytes=80) == set(range(9))


def test_bytes_that_two_share_come_back_with_the_second() -> None:
    pieces = [
        Piece(cost=10, size_bytes=5),
        Piece(cost=10, size_bytes=5),
        Piece(cost=0, size_bytes=100),
        Piece(cost=30, size_bytes=60),
    ]
    above = [frozenset[int](), frozenset[int](), frozenset({0, 1}), frozenset[int]()]
    assert cheapest(pieces, above, need_bytes=50) == {0, 1, 2}
    assert cheapest(pieces, above, need_bytes=5) in ({0}, {1})


def test_a_circle_goes_as_a_whole() -> None:
    pieces = [Piece(cost=1, size_bytes=1), Piece(cost=1, size_bytes=1), Piece(cost=9, size_bytes=1)]
    above = [frozenset({1}), frozenset({0}), frozenset[int]()]
    assert cheapest(pieces, above, need_bytes=1) == {0, 1}


def test_nothing_for_nothing_and_everything_where_it_is_not_enough() -> None:
    pieces = [Piece(cost=1, size_bytes=1), Piece(cost=1, size_bytes=1)]
    above = [frozenset[int](), frozenset({0})]
    assert cheapest(pieces, above, need_bytes=0) == frozenset()
    assert cheapest(pieces, above, need_bytes=3) == {0, 1}
    assert cheapest([], [], need_bytes=3) == frozenset()


def test_a_smaller_need_never_costs_more_on_a_chain() -> None:
    pieces = [Piece(cost=float(index + 1), size_bytes=10) for index in range(7)]
    above = [frozenset({index - 1} if index else set()) for index in range(7)]
    prices = [cost(cheapest(pieces, above, need_bytes=need), pieces) for need in range(1, 71, 5)]
    assert all(less <= more for less, more in pairwise(prices))
