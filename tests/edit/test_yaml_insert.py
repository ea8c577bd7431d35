"""New keys and items take the place and the style that their neighbours suggest, and go again without a trace."""

import textwrap

import pytest

from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import InsertItem, InsertKey, Remove, apply_edits, parse


def doc(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


STEP = "uses: a/b@v1\nwith:\n  c: d\n"

CASES = {
    "at the end of a mapping": (
        "a:\n  b: 1 # c\n\nz: 1\n",
        InsertKey(path=("a", "new"), text="2"),
        "a:\n  b: 1 # c\n  new: 2\n\nz: 1\n",
    ),
    "before a key and the comment above it": (
        "a: 1\n# about b\nb: 1\n",
        InsertKey(path=("new",), text="2", before="b"),
        "a: 1\nnew: 2\n# about b\nb: 1\n",
    ),
    "before the first key of a file, below what the file begins with": (
        "# licence\na: 1\n",
        InsertKey(path=("new",), text="2", before="a", comment="why\nso"),
        "# licence\n# why\n# so\nnew: 2\na: 1\n",
    ),
    "before the first key, above its comment": (
        "a:\n  # about b\n  b: 1\n",
        InsertKey(path=("a", "new"), text="2", before="b"),
        "a:\n  new: 2\n  # about b\n  b: 1\n",
    ),
    "after a key, with its deeper comments": (
        "a:\n  b: 1\n    # of b\n  # of c\n  c: 2\n",
        InsertKey(path=("a", "new"), text="2", after="b"),
        "a:\n  b: 1\n    # of b\n  new: 2\n  # of c\n  c: 2\n",
    ),
    "between keys that blank lines separate": (
        "a: 1\n\nb: 1\n\n# c\nc: 1\n",
        InsertKey(path=("new",), text="2", after="a"),
        "a: 1\n\nnew: 2\n\nb: 1\n\n# c\nc: 1\n",
    ),
    "a job beside the only one of an airy file": (
        "on: push\n\njobs:\n  a:\n    x: 1\n",
        InsertKey(path=("jobs", "new"), text="x: 2\ny: 3"),
        "on: push\n\njobs:\n  a:\n    x: 1\n\n  new:\n    x: 2\n    y: 3\n",
    ),
    "a block where its neighbours stand apart": (
        "name: x\non: push\n\njobs: {}\n",
        InsertKey(path=("new",), text="a: 1", before="jobs"),
        "name: x\non: push\n\nnew:\n  a: 1\n\njobs: {}\n",
    ),
    "into an empty value, below the comments in it": (
        "jobs: # all\n  # x:\n  #   y: 1\nz: 1\n",
        InsertKey(path=("jobs", "new"), text="a: 1"),
        "jobs: # all\n  # x:\n  #   y: 1\n  new:\n    a: 1\nz: 1\n",
    ),
    "into an empty file": ("", InsertKey(path=("new",), text="a: 1"), "new:\n  a: 1\n"),
    "into a file with comments only": ("# c\n", InsertKey(path=("new",), text="1"), "# c\nnew: 1\n"),
    "an item into an empty value": (
        "a:\n  - x:\nb:\n",
        InsertItem(path=("b",), index=0, text="1"),
        "a:\n  - x:\nb:\n  - 1\n",
    ),
    "four columns, dashes too": (
        "jobs:\n    a:\n        steps:\n            - run: x\n",
        InsertKey(path=("jobs", "new"), text="steps:\n- run: |\n    y\n     z\n- a: {b: 1}\n"),
        ("jobs:\n    a:\n        steps:\n            - run: x\n"
        "    new:\n        steps:\n            - run: |\n                  y\n                   z\n"
        "            - a: {b: 1}\n"),
    ),
    "dashes below their key": (
        "a:\n- x\nz: 1\n",
        InsertKey(path=("new",), text="b:\n  - 1\n    # of 1\n  - 2\n# end\n"),
        "a:\n- x\nz: 1\nnew:\n  b:\n  - 1\n    # of 1\n  - 2\n  # end\n",
    ),
    "wide dashes": (
        "a:\n  -   b: 1\n      c: 2\n",
        InsertItem(path=("a",), index=1, text=STEP),
        "a:\n  -   b: 1\n      c: 2\n  -   uses: a/b@v1\n      with:\n        c: d\n",
    ),
    "an item between items that blank lines separate": (
        "a:\n  - b: 1\n\n  # of c\n  - c: 2\n",
        InsertItem(path=("a",), index=1, text=STEP),
        "a:\n  - b: 1\n\n  - uses: a/b@v1\n    with:\n      c: d\n\n  # of c\n  - c: 2\n",
    ),
    "behind a literal, between items that blank lines separate": (
        "a:\n  - b: |\n      x\n\n  - c: |\n      x\n",
        InsertItem(path=("a",), index=2, text="run: x"),
        "a:\n  - b: |\n      x\n\n  - c: |\n      x\n\n  - run: x\n",
    ),
    "an item before the first": (
        "a:\n  - b: 1\n  - c: 2\n",
        InsertItem(path=("a",), index=0, text="run: x", comment="why"),
        "a:\n  # why\n  - run: x\n  - b: 1\n  - c: 2\n",
    ),
    "a key before the one behind a dash": (
        "- a: 1\n  b: 2\n",
        InsertKey(path=(0, "new"), text="x: 1", before="a", comment="why"),
        "- # why\n  new:\n    x: 1\n  a: 1\n  b: 2\n",
    ),
    "after a literal that keeps its blank lines": (
        "a: |+\n  x\n\n\nb: 1\n\nc: 1\n",
        InsertKey(path=("new",), text="2", after="a"),
        "a: |+\n  x\n\n\nnew: 2\nb: 1\n\nc: 1\n",
    ),
    "after a literal at the end, without a final line end": (
        "a:\n  run: |\n    x",
        InsertKey(path=("a", "new"), text="2"),
        "a:\n  run: |\n    x\n  new: 2",
    ),
    "a literal with an indentation indicator": (
        "a:\n    b: 1\n",
        InsertKey(path=("a", "new"), text="|2-\n    x\n  y\n"),
        "a:\n    b: 1\n    new: |2-\n        x\n      y\n",
    ),
    "CRLF": (
        "a:\r\n  b: 1\r\n",
        InsertKey(path=("a", "new"), text="|\n  x\n\n  y\n", comment="why"),
        "a:\r\n  b: 1\r\n  # why\r\n  new: |\r\n    x\r\n\r\n    y\r\n",
    ),
    "mixed line ends: the neighbour's": (
        "a:\n  b: 1\r\nc: 2\n",
        InsertKey(path=("a", "new"), text="2"),
        "a:\n  b: 1\r\n  new: 2\r\nc: 2\n",
    ),
    "in front of the end marker": ("---\na: 1\n...\n", InsertKey(path=("new",), text="2"), "---\na: 1\nnew: 2\n...\n"),
    "a flow mapping": ("a: {b: 1} # c\n", InsertKey(path=("a", "new"), text="x: [y, 1]"),
        'a: {b: 1, new: {x: ["y", 1]}} # c\n'),
    "a flow sequence": ("a: [ b, c ]\n", InsertItem(path=("a",), index=1, text="n"), 'a: [ b, "n", c ]\n'),
    "an empty flow": ("a: {}\n", InsertKey(path=("a", "on"), text="x"), 'a: {on: "x"}\n'),
    "a flow of several lines": (
        "a: [\n  b, # of b\n  c # of c\n]\n",
        InsertItem(path=("a",), index=2, text="n", comment="why"),
        'a: [\n  b, # of b\n  c, # of c\n  # why\n  "n"\n]\n',
    ),
    "a flow of several lines with a last comma": (
        "a: {\n    b: 1,\n}\n",
        InsertKey(path=("a", "new"), text="2", before="b"),
        "a: {\n    new: 2,\n    b: 1,\n}\n",
    ),
    "a key that needs quotes": ("a: 1\n", InsertKey(path=("x: #",), text="2"), 'a: 1\n"x: #": 2\n'),
    "in an anchored mapping that nothing else uses": (
        "a: &x\n  b: 1\n", InsertKey(path=("a", "new"), text="2"), "a: &x\n  b: 1\n  new: 2\n"),
    "beside an alias": ("a: &x 1\nb: *x\n", InsertKey(path=("new",), text="2"), "a: &x 1\nb: *x\nnew: 2\n"),
    "a tagged value": ("a: 1\n", InsertKey(path=("new",), text="!!str 2 # c"), "a: 1\nnew: !!str 2 # c\n"),
    "a comment in front of a value": ("a: 1\n", InsertKey(path=("new",), text="# why\nx: 1"),
        "a: 1\nnew:\n  # why\n  x: 1\n"),
    "non-ASCII": ("ä: 1 # é\n", InsertKey(path=("ö",), text="日本"), 'ä: 1 # é\n"ö": 日本\n'),
    "a very long line": (f"a: {'x' * 9999}\n", InsertKey(path=("new",), text="z" * 999),
        f"a: {'x' * 9999}\nnew: {'z' * 999}\n"),
    "a workflow in JSON": ('{\n  "a": 1\n}\n', InsertKey(path=("new",), text="b: [c]"),
        '{\n  "a": 1,\n  "new": { "b": ["c"] }\n}\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_where_and_how_something_new_is_written(name: str) -> None:
    source, edit, wanted = CASES[name]
    result = apply_edits(source.encode(), [edit])
    assert result.decode() == wanted
    path = (*edit.path, edit.index) if isinstance(edit, InsertItem) else edit.path
    assert apply_edits(result, [Remove(path=path, comment=edit.comment)]).decode() == source


def test_the_comments_that_an_item_begins_with_go_above_it() -> None:
    source = b"- a\n"
    edit = InsertItem(path=(), index=1, text="# why\n# so\nb: 1\n# after\n", comment="who")
    result = apply_edits(source, [edit])
    assert result == b"- a\n# who\n# why\n# so\n- b: 1\n  # after\n"
    assert apply_edits(result, [Remove(path=(1,), comment="who\nwhy\nso")]) == source


def test_blank_lines_at_the_end_of_what_is_written_stay_where_they_count() -> None:
    source = b"a: 1\nb: 2\n"
    edit = InsertKey(path=("new",), text="|+\n  x\n\n", after="a")
    result = apply_edits(source, [edit])
    assert result == b"a: 1\nnew: |+\n  x\n\nb: 2\n"
    assert apply_edits(result, [Remove(path=("new",))]) == source


def test_a_final_line_end_comes_where_the_value_needs_it() -> None:
    result = apply_edits(b"a: 1", [InsertKey(path=("new",), text="|+\n  x\n\n")])
    assert result == b"a: 1\nnew: |+\n  x\n\n"


def test_edits_follow_each_other() -> None:
    source = b"jobs:\n"
    edits = [
        InsertKey(path=("jobs", "a"), text="steps:"),
        InsertItem(path=("jobs", "a", "steps"), index=0, text="run: x"),
        InsertItem(path=("jobs", "a", "steps"), index=0, text="run: w"),
    ]
    result = apply_edits(source, edits)
    assert result == b"jobs:\n  a:\n    steps:\n      - run: w\n      - run: x\n"
    assert parse(result) == {"jobs": {"a": {"steps": [{"run": "w"}, {"run": "x"}]}}}


REFUSED = {
    "a key that is there": ("a: 1\n", InsertKey(path=("a",), text="2"), "there already"),
    "a missing parent": ("a: 1\n", InsertKey(path=("x", "y"), text="2"), "there is no `x`"),
    "a missing neighbour": ("a: 1\n", InsertKey(path=("new",), text="2", before="x"), "no `x`"),
    "two neighbours": ("a: 1\nb: 2\n", InsertKey(path=("new",), text="2", before="b", after="a"),
        "before one key and after another"),
    "a parent that is a scalar": ("a: 1\n", InsertKey(path=("a", "b"), text="2"), "`a` is not a mapping"),
    "a parent that is a written null": ("a: ~\n", InsertKey(path=("a", "b"), text="2"), "not an empty value"),
    "an index behind the end": ("a: [1]\n", InsertItem(path=("a",), index=2, text="2"), "only 1 item"),
    "items of a mapping": ("a: 1\n", InsertItem(path=(), index=0, text="2"), "not a sequence"),
    "an empty path": ("a: 1\n", InsertKey(path=(), text="2"), "empty path"),
    "through an alias": ("a: &x {b: 1}\nc: *x\n", InsertKey(path=("c", "new"), text="2"),
        "`c` is the alias `*x`"),
    "in what an alias uses": ("a: &x\n  b: 1\nc: *x\n", InsertKey(path=("a", "new"), text="2"),
        "`a` has the anchor `&x`, and `*x` uses it elsewhere"),
    "no YAML": ("a: 1\n", InsertKey(path=("new",), text="[x"), "no YAML"),
    "several documents": ("a: 1\n", InsertKey(path=("new",), text="--- 1\n--- 2\n"), "several documents"),
    "a marker": ("a: 1\n", InsertKey(path=("new",), text="---\nx: 1\n"), "more than one value"),
    "an alias of the document": ("a: &x 1\n", InsertKey(path=("new",), text="*x"), "`*x`"),
    "a pair without brackets": ("a: [b: 1]\n", InsertKey(path=("a", 0, "new"), text="2"), "brackets of its own"),
    "what would swallow the lines behind it": (
        "a: 1\n\nb: 2\n", InsertKey(path=("new",), text="|+\n  x\n", after="a"), "something else would have changed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    source, edit, reason = REFUSED[name]
    with pytest.raises(EditRefused) as refused:
        apply_edits(source.encode(), [edit], name="ci.yml")
    assert reason in refused.value.message
    assert "in ci.yml" in refused.value.message
    assert "by hand" in refused.value.next_step


def test_line_ends_of_old_macintoshes_are_refused() -> None:
    with pytest.raises(EditRefused, match="carriage return"):
        apply_edits(b"a: 1\rb: 2\r", [InsertKey(path=("new",), text="1")])
