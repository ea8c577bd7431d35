"""What a YAML text means: the core schema of YAML 1.2, and what is refused."""

import math

import pytest

from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import Value, apply_edits, parse

MEANINGS: dict[str, tuple[bytes, Value]] = {
    "on is a key": (b"on: push\n", {"on": "push"}),
    "yes, no and off are text": (b"[yes, no, off, y, On]", ["yes", "no", "off", "y", "On"]),
    "true and false": (b"[true, True, FALSE, tRue]", [True, True, False, "tRue"]),
    "null": (b"[~, null, Null, NULL, nULL, '~']", [None, None, None, None, "nULL", "~"]),
    "an empty value": (b"a:\nb: # c\n", {"a": None, "b": None}),
    "integers": (b"[1, -0, +12, 0o17, 0xfF, 017]", [1, 0, 12, 15, 255, 17]),
    "no integers": (b"['1', 1_000, 0b1, 1:30, 1.2.3, 2024-01-01]",
        ["1", "1_000", "0b1", "1:30", "1.2.3", "2024-01-01"]),
    "floats": (b"[1.0, .5, 1., 1e3, -1.5E-2, .inf, -.Inf]",
        [1.0, 0.5, 1.0, 1000.0, -0.015, math.inf, -math.inf]),
    "a tag makes text": (b"[!!str 1, ! 2, !foo true]", ["1", "2", "true"]),
    "a tag that says what it looks like": (b"[!!int 1, !!bool true]", [1, True]),
    "aliases": (b"a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
    "an anchor used anew": (b"[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]),
    "a merge key is a key": (b"a: &x {b: 1}\nc:\n  <<: *x\n", {"a": {"b": 1}, "c": {"<<": {"b": 1}}}),
    "keys are text": (b"1: a\n'x': b\ntrue: c\n? d\n", {"1": "a", "x": "b", "true": "c", "d": None}),
    "an empty text": (b"", None),
    "only comments": (b"# x\n", None),
    "only a marker": (b"---\n", None),
    "directives and markers": (b"%YAML 1.2\n---\na: 1\n...\n# end\n", {"a": 1}),
    "a byte order mark": (b"\xef\xbb\xbfa: 1", {"a": 1}),
    "CRLF in a literal": (b"a: |\r\n  x\r\n  y\r\n", {"a": "x\ny\n"}),
    "a literal without a final line end": (b"a: |\n  x", {"a": "x\n"}),
    "a tab behind a colon": (b"a:\tb\t# c\n", {"a": "b"}),
    "line separators of YAML 1.1": ("a: 'x\u2028y' # \x85\nb: |\n  \u2029\n".encode(),
        {"a": "x\u2028y", "b": "\u2029\n"}),
}  # fmt: skip

REFUSED = {
    "no UTF-8": (b"a: \xff\n", "byte 3"),
    "broken": (b"a: [\nb: 1\n", "line "),
    "several documents": (b"a: 1\n---\nb: 1\n", "several documents"),
    "a key twice": (b"a: 1\nb: 2\n'a': 3\n", "`a` is there twice"),
    "a key that is a sequence": (b"? [a]\n: 1\n", "a key is a sequence"),
    "an alias without an anchor": (b"a: *x\n", "`*x`"),
    "an alias of what it stands in": (b"a: &x [*x]\n", "`*x`"),
    "too deep": (b"[" * 200 + b"]" * 200, "levels deep"),
    "aliases of aliases of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in b"bcdef"),
        "more than 100000 values",
    ),
    "a control character": (b"a: \x01\n", "not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_what_a_text_means(name: str) -> None:
    source, meant = MEANINGS[name]
    assert repr(parse(source)) == repr(meant)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    source, reason = REFUSED[name]
    with pytest.raises(EditRefused) as refused:
        parse(source, name="ci.yml")
    assert reason in refused.value.message
    assert "ci.yml" in refused.value.message
    assert refused.value.next_step


@pytest.mark.parametrize("name", MEANINGS)
def test_no_edit_changes_no_byte(name: str) -> None:
    source, _ = MEANINGS[name]
    assert apply_edits(source, []) == source


def test_a_long_text_is_read_where_no_alias_makes_it_so() -> None:
    assert parse(b"[" + b"1," * 100_001 + b"]") == [1] * 100_001
