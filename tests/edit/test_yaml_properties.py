"""Whatever the document looks like: exactly the intended thing changes, and removing it restores the bytes."""

import re
from random import Random

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from cargo_hone.edit.jsonc_data import Path, Value, at, changed, same, with_key, without
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import InsertItem, InsertKey, Remove, SetScalar, apply_edits, parse
from tests.edit.yaml_documents import TEXTS, Writer

SEEDS = st.integers(0, 2**32)
COMMENTS = st.sampled_from(["", "", "why", "two\nlines"])
REASONS = (
    "the alias",
    "uses it elsewhere",
    "without brackets of its own",
    "a scalar, not an empty value",
    "elsewhere uses its anchor",
    "it is a",
    "it has a tag",
)


def written(seed: int) -> tuple[bytes, Value]:
    source = Writer(Random(seed)).document()  # noqa: S311
    try:
        return source, parse(source)
    except EditRefused:
        assume(False)
        raise


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


def only_for_a_reason(refused: EditRefused) -> None:
    """An edit may be refused for a reason that its message names; never because its result was wrong."""
    reason = refused.message.partition(": ")[2]
    event("refused")
    assert any(known in reason for known in REASONS), refused.message


@settings(max_examples=250, deadline=None)
@given(seed=SEEDS, text=st.sampled_from(TEXTS), comment=COMMENTS, data=st.data())
def test_an_entry_added_and_removed_leaves_the_bytes(
    seed: int, text: str, comment: str, data: st.DataObject
) -> None:
    source, before = written(seed)
    containers = [p for p in paths(before) if not isinstance(at(before, p), str | int | float)]
    path = data.draw(st.sampled_from(containers or [()]))
    parent = at(before, path)
    edit: InsertKey | InsertItem
    if isinstance(parent, list):
        index = data.draw(st.integers(0, len(parent)))
        edit = InsertItem(path=path, index=index, text=text, comment=comment)
        new: Path = (*path, index)
    else:
        keys = [*(parent if isinstance(parent, dict) else []), None]
        index = data.draw(st.integers(0, len(keys) - 1))
        new = (*path, "new")
        edit = InsertKey(path=new, text=text, comment=comment, before=keys[index])
    try:
        result = apply_edits(source, [edit])
    except EditRefused as refused:
        # Behind a new block scalar, a line of nothing but blanks would become its text.
        if text[:1] not in {"|", ">"} or not re.search(rb"\n[ \t]+\r?\n", source):
            only_for_a_reason(refused)
        return
    event("added")
    assert same(parse(result), with_key(before, new, index, parse(text.encode())))
    assert is_within(source, result)
    above = comment.splitlines()
    if isinstance(edit, InsertItem) and text.startswith("#"):
        above.append(text.splitlines()[0][1:].strip())
    assert apply_edits(result, [Remove(path=new, comment="\n".join(above))]) == source


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, data=st.data())
def test_exactly_the_named_thing_goes(seed: int, data: st.DataObject) -> None:
    source, before = written(seed)
    path = data.draw(st.sampled_from(paths(before)[1:] or [("none",)]))
    try:
        left = apply_edits(source, [Remove(path=path)])
    except EditRefused as refused:
        # An end marker needs a document in front of it.
        if len(path) > 1 or b"..." not in source:
            only_for_a_reason(refused)
        return
    assert is_within(left, source)
    result = parse(left)
    if path == ("none",):
        assert left == source
        return
    meant = without(before, path)
    emptied = changed(meant, path[:-1], lambda left: left or None)
    assert same(result, meant) or same(result, emptied)


@settings(max_examples=200, deadline=None)
@given(
    seed=SEEDS, value=st.one_of(st.text(), st.integers(), st.booleans(), st.none()), data=st.data()
)
def test_exactly_the_named_scalar_changes(
    seed: int, value: str | int | bool | None, data: st.DataObject
) -> None:
    source, before = written(seed)
    path = data.draw(st.sampled_from(paths(before)[1:] or [("none",)]))
    try:
        result = apply_edits(source, [SetScalar(path=path, value=value)])
    except EditRefused as refused:
        if path != ("none",):
            only_for_a_reason(refused)
        return
    assert same(parse(result), changed(before, path, lambda _: value))
    assert apply_edits(result, [SetScalar(path=path, value=value)]) == result


@settings(max_examples=200, deadline=None)
@given(value=st.text(), style=st.sampled_from(["x", "'x'", '"x"', "|\n    x", ">\n    x", "[x]"]))
def test_every_text_can_be_written_in_every_place(value: str, style: str) -> None:
    path: Path = (0, "a", 0) if style == "[x]" else (0, "a")
    source = f"- a: {style}\n  b: |\n    c\n".encode()
    result = apply_edits(source, [SetScalar(path=path, value=value)])
    assert at(parse(result), path) == value
    assert at(parse(result), (0, "b")) == "c\n"
