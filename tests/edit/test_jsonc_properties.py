"""Whatever the document looks like: exactly the intended thing changes, and removing it restores the bytes."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.edit.jsonc import InsertItem, InsertKey, Remove, SetValue, apply_edits, parse
from cargo_hone.edit.jsonc_data import Path, Value, at, changed, same, with_key, without
from tests.edit.jsonc_documents import Writer

SEEDS = st.integers(0, 2**32)
COMMENTS = st.sampled_from(["", "", "why", "two\nlines", "end */ of // it"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["// x", "/*", "*/", '"', "x" * 90]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def written(seed: int) -> tuple[bytes, Value]:
    source = Writer(Random(seed)).document()  # noqa: S311
    return source, parse(source)


def paths(data: Value, path: Path = ()) -> list[Path]:
    inner: list[tuple[str | int, Value]] = []
    if isinstance(data, dict):
        inner = list(data.items())
    if isinstance(data, list):
        inner = list(enumerate(data))
    return [path, *(each for step, value in inner for each in paths(value, (*path, step)))]


def is_within(less: bytes, more: bytes) -> bool:
    """Whether `more` is `less` with something put in and nothing taken away."""
    rest = iter(more)
    return all(byte in rest for byte in less)


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS, value=VALUES, comment=COMMENTS, data=st.data())
def test_an_entry_added_and_removed_leaves_the_bytes(
    seed: int, value: Value, comment: str, data: st.DataObject
) -> None:
    source, before = written(seed)
    containers = [p for p in paths(before) if isinstance(at(before, p), dict | list)]
    path = data.draw(st.sampled_from(containers))
    parent = at(before, path)
    if isinstance(parent, list):
        index = data.draw(st.integers(0, len(parent)))
        new: Path = (*path, index)
        comment = ""
        result = apply_edits(source, [InsertItem(path=path, index=index, value=value)])
    else:
        assert isinstance(parent, dict)
        keys = [*parent, None]
        index = data.draw(st.integers(0, len(keys) - 1))
        new = (*path, "new")
        edit = InsertKey(path=new, value=value, comment=comment, before=keys[index])
        result = apply_edits(source, [edit])
    assert same(parse(result), with_key(before, new, index, value))
    assert is_within(source, result)
    assert apply_edits(result, [Remove(path=new, comment=comment)]) == source


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, data=st.data())
def test_exactly_the_named_thing_goes(seed: int, data: st.DataObject) -> None:
    source, before = written(seed)
    path = data.draw(st.sampled_from(paths(before)[1:] or [("none",)]))
    if path == ("none",) and isinstance(before, list):
        return
    result = apply_edits(source, [Remove(path=path)])
    assert is_within(result, source)
    assert same(parse(result), before if path == ("none",) else without(before, path))


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, value=VALUES, data=st.data())
def test_exactly_the_named_value_changes(seed: int, value: Value, data: st.DataObject) -> None:
    source, before = written(seed)
    choices = paths(before)[1:]
    if not choices:
        return
    path = data.draw(st.sampled_from(choices))
    result = apply_edits(source, [SetValue(path=path, value=value)])
    assert same(parse(result), changed(before, path, lambda _: value))
    assert apply_edits(result, [SetValue(path=path, value=value)]) == result
