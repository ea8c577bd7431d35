from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.measure.graph import Chosen, Member, NotChosen, choose_leaf, choose_root


def _member(name: str, *deps: str, lib: bool = True, bins: int = 0) -> Member:
    return Member(
        name=name,
        lib=Path(name) / "src/lib.rs" if lib else None,
        bins=tuple(Path(name) / f"src/bin/{n}.rs" for n in range(bins)),
        deps=deps,
    )


CHAIN = (
    _member("ground"),
    _member("middle", "ground"),
    _member("product", "middle", lib=False, bins=1),
    _member("a-tool", lib=False, bins=1),
    _member("macros", lib=False),
)


def test_the_root_is_the_library_on_which_most_stand() -> None:
    chosen = choose_root(CHAIN)
    assert isinstance(chosen, Chosen)
    assert (chosen.member, chosen.crate_roots) == ("ground", (Path("ground/src/lib.rs"),))
    assert chosen.why == "2 of the 4 other members stand on ground, the most of all"


def test_the_leaf_is_the_binary_that_stands_on_most() -> None:
    chosen = choose_leaf(CHAIN)
    assert isinstance(chosen, Chosen)
    assert (chosen.member, chosen.crate_roots) == ("product", (Path("product/src/bin/0.rs"),))
    assert chosen.why == "no member stands on the binary product; it stands on 2 of them"


def test_a_library_is_a_leaf_where_no_binary_is() -> None:
    chosen = choose_leaf((_member("a"), _member("b", "a"), _member("c")))
    assert isinstance(chosen, Chosen)
    assert (chosen.member, chosen.crate_roots) == ("b", (Path("b/src/lib.rs"),))


def test_ties_go_to_the_first_name() -> None:
    members = (_member("z"), _member("y"), _member("a", "y", "z"), _member("b", "y", "z"))
    root, leaf = choose_root(members), choose_leaf(members)
    assert isinstance(root, Chosen)
    assert isinstance(leaf, Chosen)
    assert (root.member, leaf.member) == ("y", "a")


def test_proc_macros_are_passed_over() -> None:
    members = (_member("macros", lib=False), _member("core", "macros"), _member("app", "core"))
    root = choose_root(members)
    assert isinstance(root, Chosen)
    assert root.member == "core"


def test_a_package_alone_has_its_library_for_root_and_its_binary_for_leaf() -> None:
    members = (_member("solo", bins=1),)
    root, leaf = choose_root(members), choose_leaf(members)
    assert isinstance(root, Chosen)
    assert isinstance(leaf, Chosen)
    assert root.crate_roots != leaf.crate_roots


def test_a_crate_alone_has_no_root() -> None:
    assert isinstance(choose_root((_member("solo"),)), NotChosen)
    assert isinstance(choose_root((_member("solo", lib=False, bins=1),)), NotChosen)
    assert isinstance(choose_leaf(()), NotChosen)


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 9))), max_size=10))
def test_no_graph_is_too_odd(shape: list[tuple[bool, set[int]]]) -> None:
    members = tuple(
        _member(f"m{number}", *(f"m{other}" for other in deps), lib=lib, bins=not lib)
        for number, (lib, deps) in enumerate(shape)
    )
    for chosen in (choose_root(members), choose_leaf(members)):
        assert chosen.why
