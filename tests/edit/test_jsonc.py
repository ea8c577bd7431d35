"""JSONC edits take the place and the style that their neighbours suggest, and change nothing else."""

import pytest

from cargo_hone.edit import jsonc_place
from cargo_hone.edit.jsonc import (
    Edit,
    InsertItem,
    InsertKey,
    Remove,
    SetValue,
    Value,
    apply_edits,
    parse,
)
from cargo_hone.edit.refused import EditRefused

TEMPLATE = """\
// For format details, see https://aka.ms/devcontainer.json.
{
\t"name": "Rust", // the name
\t"image": "mcr.microsoft.com/devcontainers/rust:1",

\t// Features to add.
\t// "features": {},

\t/* Settings. */
\t"customizations": {
\t\t"vscode": { "extensions": ["a.b"] }
\t}
}
"""

INSERT: dict[str, tuple[str, InsertKey | InsertItem, str]] = {
    "at the end": (
        '{\n  "a": 1 // of a\n}\n',
        InsertKey(path=("n",), value="x"),
        '{\n  "a": 1, // of a\n  "n": "x"\n}\n',
    ),
    "at the end, with a last comma": (
        '{\n  "a": 1, // of a\n}\n',
        InsertKey(path=("n",), value="x"),
        '{\n  "a": 1, // of a\n  "n": "x",\n}\n',
    ),
    "above the comments at the end": (
        '{\n  "a": 1\n  // "b": 2\n}\n',
        InsertKey(path=("n",), value=2),
        '{\n  "a": 1,\n  "n": 2\n  // "b": 2\n}\n',
    ),
    "before another, above its comment": (
        '{\n  "a": 1,\n  // of b\n  "b": 2\n}\n',
        InsertKey(path=("n",), value=True, before="b"),
        '{\n  "a": 1,\n  "n": true,\n  // of b\n  "b": 2\n}\n',
    ),
    "before the first, above its comment": (
        '{ // all\n  // of a\n  "a": 1\n}\n',
        InsertKey(path=("n",), value=None, before="a", comment="why\nso"),
        '{ // all\n  // why\n  // so\n  "n": null,\n  // of a\n  "a": 1\n}\n',
    ),
    "after another": (
        '{\n  "a": 1,\n  "b": 2\n}\n',
        InsertKey(path=("n",), value=1.5, after="a"),
        '{\n  "a": 1,\n  "n": 1.5,\n  "b": 2\n}\n',
    ),
    "between blank lines": (
        '{\n  "a": 1,\n\n  "b": 2\n}\n',
        InsertKey(path=("n",), value=3),
        '{\n  "a": 1,\n\n  "b": 2,\n\n  "n": 3\n}\n',
    ),
    "an object, in tabs": (
        '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
        InsertKey(path=("a", "n"), value={"c": ["d", 1], "e": {}, "f": [{"g": 1}]}),
        ('{\n\t"a": {\n\t\t"b": 1,\n\t\t"n": {\n\t\t\t"c": ["d", 1],\n\t\t\t"e": {},\n'
        '\t\t\t"f": [\n\t\t\t\t{\n\t\t\t\t\t"g": 1\n\t\t\t\t}\n\t\t\t]\n\t\t}\n\t}\n}\n'),
    ),
    "into an empty object": (
        '{\n    "a": {},\n    "b": 1\n}\n',
        InsertKey(path=("a", "n"), value=1, comment="why"),
        '{\n    "a": {\n        // why\n        "n": 1\n    },\n    "b": 1\n}\n',
    ),
    "into an empty document": ("{}", InsertKey(path=("n",), value=1), '{\n  "n": 1\n}'),
    "below comments only": (
        '{\n  "a": {\n    // "b": 1\n  }\n}\n',
        InsertKey(path=("a", "n"), value=1),
        '{\n  "a": {\n    // "b": 1\n    "n": 1\n  }\n}\n',
    ),
    "below a comment beside the bracket": (
        '{\n  "a": { // c\n  }\n}\n',
        InsertKey(path=("a", "n"), value=1),
        '{\n  "a": { // c\n    "n": 1\n  }\n}\n',
    ),
    "beside a comment": (
        '{ "a": [/* c */] }', InsertItem(path=("a",), index=0, value=1), '{ "a": [1 /* c */] }'),
    "on one line": ('{ "a": 1 }', InsertKey(path=("n",), value={"b": 2}), '{ "a": 1, "n": { "b": 2 } }'),
    "on one tight line": ('{"a":1,"b":2}', InsertKey(path=("n",), value=3), '{"a":1,"b":2,"n": 3}'),
    "on one line, with a comment": (
        '{ "a": 1 }', InsertKey(path=("n",), value=2, comment="why"), '{ "a": 1, /* why */ "n": 2 }'),
    "on one line with a last comma": ("[1, 2, ]", InsertItem(path=(), index=2, value=3), "[1, 2, 3, ]"),
    "an item before others": ("[1, 2]", InsertItem(path=(), index=0, value=0), "[0, 1, 2]"),
    "an item in between": (
        '[\n  "a", // of a\n  "b"\n]', InsertItem(path=(), index=1, value="n"),
        '[\n  "a", // of a\n  "n",\n  "b"\n]'),
    "commas in front": (
        '{\n  "a": 1\n  , "b": 2\n}\n', InsertKey(path=("n",), value=3, after="a"),
        '{\n  "a": 1, "n": 3\n  , "b": 2\n}\n'),
    "CRLF": (
        '{\r\n  "a": 1\r\n}\r\n', InsertKey(path=("n",), value={"b": 1}),
        '{\r\n  "a": 1,\r\n  "n": {\r\n    "b": 1\r\n  }\r\n}\r\n'),
    "a byte order mark": ("\ufeff[]", InsertItem(path=(), index=0, value="ü"), '\ufeff[\n  "ü"\n]'),
    "brackets in strings and comments": (
        '{\n  "}": "{", // }\n  "a": /* ] */ ["]"]\n}\n', InsertItem(path=("a",), index=1, value="}"),
        '{\n  "}": "{", // }\n  "a": /* ] */ ["]", "}"]\n}\n'),
    "the template of VS Code": (
        TEMPLATE, InsertKey(path=("features",), value={"x": {}}, after="image"),
        TEMPLATE.replace(
            'rust:1",\n', 'rust:1",\n\t"features": {\n\t\t"x": {}\n\t},\n')),
}  # fmt: skip


@pytest.mark.parametrize("name", INSERT)
def test_where_and_how_something_new_is_written(name: str) -> None:
    source, edit, wanted = INSERT[name]
    result = apply_edits(source.encode(), [edit])
    assert result.decode() == wanted
    path = (*edit.path, edit.index) if isinstance(edit, InsertItem) else edit.path
    comment = edit.comment if isinstance(edit, InsertKey) else ""
    assert apply_edits(result, [Remove(path=path, comment=comment)]).decode() == source


SET: dict[str, tuple[str, Value, str]] = {
    "a scalar": ('{ "a" : 1 /* c */ }', "x", '{ "a" : "x" /* c */ }'),
    "an object on one line": ('{\n  "a": {"b": 1} // c\n}', {"c": 2}, '{\n  "a": { "c": 2 } // c\n}'),
    "an object on lines": (
        '{\n  "a": {\n    "b": 1\n  }\n}', {"c": 2}, '{\n  "a": {\n    "c": 2\n  }\n}'),
    "an equal value": ('{"a": {"b":1.0, }}', {"b": 1.0}, '{"a": {"b":1.0, }}'),
    "a missing key": ('{\n\t"b": 1\n}', [1], '{\n\t"b": 1,\n\t"a": [1]\n}'),
    "true is not 1": ('{"a": 1}', True, '{"a": true}'),
}  # fmt: skip


@pytest.mark.parametrize("name", SET)
def test_a_value_is_replaced_in_place(name: str) -> None:
    source, value, wanted = SET[name]
    assert apply_edits(source.encode(), [SetValue(path=("a",), value=value)]).decode() == wanted


REMOVE: dict[str, tuple[str, tuple[str | int, ...], str]] = {
    "a line": ('{\n  "a": 1, // of a\n  // of b\n  "b": 2\n}', ("a",), '{\n  // of b\n  "b": 2\n}'),
    "the last line": ('{\n  "a": 1,\n  "b": 2 // of b\n}', ("b",), '{\n  "a": 1\n}'),
    "the last line with a comma": ('{\n  "a": 1,\n  "b": 2,\n}', ("b",), '{\n  "a": 1,\n}'),
    "the only one": ('{\n  "a": {\n    "b": 1\n  }\n}', ("a", "b"), '{\n  "a": {}\n}'),
    "the only one, with comments": (
        '{\n  // c\n  "a": 1\n}', ("a",), "{\n  // c\n}"),
    "on one line": ("[1, 2, 3]", (1,), "[1, 3]"),
    "the last on one line": ("[1, 2, 3]", (2,), "[1, 2]"),
    "the first on one line": ("[ 1, 2, 3 ]", (0,), "[ 2, 3 ]"),
    "with a comma in front": ("[\n  1\n  , 2\n]", (1,), "[\n  1\n]"),
    "with a comma on the next line": ("[\n  1\n  ,\n  2\n]", (0,), "[\n  \n  \n  2\n]"),
    "a missing key": ('{"a": 1}', ("b",), '{"a": 1}'),
    "a missing key of a missing key": ('{"a": 1}', ("b", "c"), '{"a": 1}'),
}  # fmt: skip


@pytest.mark.parametrize("name", REMOVE)
def test_what_goes(name: str) -> None:
    source, path, wanted = REMOVE[name]
    assert apply_edits(source.encode(), [Remove(path=path)]).decode() == wanted


def test_a_comment_above_goes_only_where_it_is_the_named_one() -> None:
    source = b'{\n  // why\n  // so\n  "a": 1,\n  "b": 2\n}\n'
    gone = apply_edits(source, [Remove(path=("a",), comment="why\nso")])
    assert gone == b'{\n  "b": 2\n}\n'
    kept = apply_edits(source, [Remove(path=("a",), comment="other\nso")])
    assert kept == b'{\n  // why\n  // so\n  "b": 2\n}\n'


NO_JSONC = {
    "no UTF-8": (b'{"\xff": 1}', "byte 2"),
    "nothing": (b"// x\n", "no value"),
    "a key twice": (b'{"a": 1,\n "a": 2}', "the key `a` twice in an object (line 2)"),
    "no comma": (b'{"a": 1 "b": 2}', "no `,`"),
    "two commas": (b"[1,,2]", "no value"),
    "a lone comma": (b"[,]", "no value"),
    "no key": (b"{a: 1}", "no string"),
    "single quotes": (b"['a']", "no value"),
    "a wrong number": (b"[01]", "no value"),
    "not a number": (b"[NaN]", "no value"),
    "an open comment": (b"[1] /* x", "behind the end"),
    "text behind the end": (b"{} x", "behind the end"),
    "a line end in a string": (b'["a\nb"]', "no string"),
    "a wrong escape": (b'["\\x"]', "a string that is not JSON"),
    "too deep": (b"[" * 200 + b"]" * 200, "levels deep"),
    "line ends of old Macintoshes": (b'{\r// x\r"a": 1}', "carriage return"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_JSONC)
def test_what_is_no_jsonc(name: str) -> None:
    source, reason = NO_JSONC[name]
    with pytest.raises(EditRefused) as refused:
        parse(source, name="devcontainer.json")
    assert reason in refused.value.message
    assert "devcontainer.json" in refused.value.message


REFUSED: dict[str, tuple[Edit, str]] = {
    "a key that is there": (InsertKey(path=("a",), value=1), "there already"),
    "a missing parent": (InsertKey(path=("x", "y"), value=1), "no `x`"),
    "a missing neighbour": (InsertKey(path=("n",), value=1, after="x"), "no `x`"),
    "a parent that is no object": (InsertKey(path=("b", "c"), value=1), "`b` is not a mapping"),
    "an index behind the end": (InsertItem(path=("b",), index=3, value=1), "only 2 items"),
    "items of an object": (InsertItem(path=(), index=0, value=1), "not a sequence"),
    "an empty path": (Remove(path=()), "empty path"),
    "a missing item": (Remove(path=("b", 2)), "no `b[2]`"),
    "a value in a missing item": (SetValue(path=("b", 2), value=1), "no key"),
    "what JSON has no number for": (SetValue(path=("a",), value=float("inf")), "JSON has no inf"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    edit, reason = REFUSED[name]
    with pytest.raises(EditRefused) as refused:
        apply_edits(b'{"a": 1, "b": [1, 2]}', [edit], name="devcontainer.json")
    assert reason in refused.value.message
    assert "devcontainer.json" in refused.value.message


def test_a_wrong_text_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the splicing does, only what parses to the meant thing comes out."""
    monkeypatch.setattr(jsonc_place, "with_value", lambda *_: '{"a": 2, "b": 2}')
    monkeypatch.setattr(jsonc_place, "with_new", lambda *_, **__: '{"a": 1, "c": 3.0}')
    monkeypatch.setattr(jsonc_place, "without", lambda *_, **__: iter(["{", '{"b": true}']))
    edits: list[Edit] = [
        SetValue(path=("a",), value=2),
        InsertKey(path=("c",), value=3),
        Remove(path=("a",)),
    ]
    for edit in edits:
        with pytest.raises(EditRefused, match="something else would have changed"):
            apply_edits(b'{"a": 1, "b": 1}', [edit])
