"""Scalars are replaced in their own style; what is removed goes with its lines and nothing else."""

import pytest

from cargo_hone.edit import yaml_place
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import InsertKey, Remove, SetScalar, apply_edits, parse

SET = {
    "plain": ("a: x # c\n", "v", "a: v # c\n"),
    "odd spacing": ("a   :    x   # c", "y z", "a   :    y z   # c"),
    "in single quotes": ("a: 'x'\n", "it's", "a: 'it''s'\n"),
    "in double quotes": ('a: "x"  # c\n', 'say "ü"', 'a: "say \\"ü\\""  # c\n'),
    "single quotes that cannot hold it": ("a: 'x'\n", "y\nz", 'a: "y\\nz"\n'),
    "plain, but it would mean something else": ("a: x\n", "true", 'a: "true"\n'),
    "plain, but YAML 1.1 would see a boolean": ("a: x\n", "on", 'a: "on"\n'),
    "plain, but YAML 1.1 would see a number": ("a: x\n", "1:30", 'a: "1:30"\n'),
    "the quotes of the document": ("a: x\nb: 'y'\n", "1.0", "a: '1.0'\nb: 'y'\n"),
    "what looks like a comment": ("a: x\n", "y #z", 'a: "y #z"\n'),
    "what looks like a key": ("a: x\n", "y: z", 'a: "y: z"\n'),
    "an empty text": ("a: x\n", "", 'a: ""\n'),
    "an expression": ("a: x\n", "x${{ y }}", "a: x${{ y }}\n"),
    "an expression in a flow": ("[{a: x}]\n", "x${{ y }}", '[{a: "x${{ y }}"}]\n'),
    "an option": ("a: x\n", "--locked -v", "a: --locked -v\n"),
    "a number": ("a: 'x'\n", 5, "a: 5\n"),
    "a boolean": ("a: yes\n", True, "a: true\n"),
    "null": ("a: x\n", None, "a: null\n"),
    "an empty value": ("a: # c\nb: 1\n", "v", "a: v # c\nb: 1\n"),
    "an empty value with an anchor": ("a: &x\nb: 1\n", "v", "a: &x v\nb: 1\n"),
    "an empty value in an item": ("- a:\n- b\n", "v", "- a: v\n- b\n"),
    "an empty value in a flow": ("{a: , b: 1}\n", "v", "{a: v, b: 1}\n"),
    "no value in a flow": ("{a, b: 1}\n", "v", "{a: v, b: 1}\n"),
    "plain over several lines": ("a: x\n  y # c\nb: 1\n", "z", "a: z # c\nb: 1\n"),
    "quoted over several lines": ('a: "x\n\n  y" # c\n', "z", 'a: "z" # c\n'),
    "with an anchor": ("a: &x y # c\n", "z", "a: &x z # c\n"),
    "with a tag": ("a: !!str 1\n", "2", 'a: !!str "2"\n'),
    "a literal": ("a: | # c\n    x\n     y\n\nb: 1\n", "1\n\n 2\n", "a: | # c\n    1\n\n     2\n\nb: 1\n"),
    "a literal without an end": ("a: |\n  x\nb: 1\n", "y\nz", "a: |-\n  y\n  z\nb: 1\n"),
    "a folded": ("a: >-\n  x\n  y\nb: 1\n", "y\nz\n", "a: |\n  y\n  z\nb: 1\n"),
    "a literal that cannot hold it": ("a: |  # c\n  x\nb: 1\n", " y\n", 'a: " y\\n"  # c\nb: 1\n'),
    "a literal that becomes a number": ("a: |\n  x\nb: 1\n", 5, "a: 5\nb: 1\n"),
    "a literal with blank lines behind": ("a: |\n  x\n\nb: 1\n", "y\n\n", 'a: "y\\n\\n"\n\nb: 1\n'),
    "a literal at the end, without a line end": ("a: |\n  x", "y\n", "a: |\n  y"),
    "a literal in CRLF": ("a: |\r\n  x\r\nb: 1\r\n", "y\nz\n", "a: |\r\n  y\r\n  z\r\nb: 1\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SET)
def test_a_scalar_is_replaced_in_place(name: str) -> None:
    source, value, wanted = SET[name]
    path = (0, "a") if source.startswith(("[", "-")) else ("a",)
    result = apply_edits(source.encode(), [SetScalar(path=path, value=value)])
    assert result.decode() == wanted
    assert apply_edits(result, [SetScalar(path=path, value=value)]) == result


@pytest.mark.parametrize("style", ["x", "'x'", '"x"', "|\n    x", ">\n    x"])
@pytest.mark.parametrize(
    "value", ["\0", "\x85", "\u2028", "\ufeff", "\x7f", "\r", "\ta", "😀\n", "---", "? a"]
)
def test_every_text_can_be_written_in_every_place(style: str, value: str) -> None:
    result = apply_edits(f"- a: {style}\n".encode(), [SetScalar(path=(0, "a"), value=value)])
    assert parse(result) == [{"a": value}]


def test_an_equal_value_changes_no_byte() -> None:
    source = b"a: 0x10\nb: 'x'\nc: >\n  y\n"
    edits = [SetScalar(path=("a",), value=16), SetScalar(path=("b",), value="x")]
    assert apply_edits(source, [*edits, SetScalar(path=("c",), value="y\n")]) == source


def test_a_missing_key_is_added_at_the_end_of_its_mapping() -> None:
    source = b"a:\n    b: 1\n\nc: {d: 1}\ne:\n"
    edits = [
        SetScalar(path=("a", "x"), value="on", comment="why"),
        SetScalar(path=("a", "y"), value="1\n2\n"),
        SetScalar(path=("c", "x"), value="y z"),
        SetScalar(path=("e", "x"), value=False),
    ]
    assert apply_edits(source, edits) == (
        b'a:\n    b: 1\n    # why\n    x: "on"\n    "y": |\n        1\n        2\n\n'
        b'c: {d: 1, x: "y z"}\ne:\n    x: false\n'
    )


REMOVE = {
    "a key with its lines and its deeper comments": (
        "a: 1\nb:\n  c: 2\n\n  # of b\n# of d\nd: 3\n", ("b",), "a: 1\n# of d\nd: 3\n"),
    "comments behind blank lines, if they are deeper": (
        "a:\n  b: 2\n\n      # of b\n\n  # of d\n  d: 3\n", ("a", "b"), "a:\n  # of d\n  d: 3\n"),
    "a key with a comment behind it": ("a: 1 # c\nb: 2\n", ("a",), "b: 2\n"),
    "the blank line in front goes with it": ("a: 1\n\nb: 2\n\nc: 3\n", ("b",), "a: 1\n\nc: 3\n"),
    "the last key's blank line too": ("a: 1\n\nb: 2\n", ("b",), "a: 1\n"),
    "the first key's too": ("a: 1\n\nb: 2\n", ("a",), "b: 2\n"),
    "the only key": ("a:\n  b: 1\nc: 2\n", ("a", "b"), "a:\nc: 2\n"),
    "the only key of a file": ("# c\na: 1\n", ("a",), "# c\n"),
    "an item": ("a:\n  - b: 1\n  # of c\n  - c: 2\n    d: 3\n", ("a", 1), "a:\n  - b: 1\n  # of c\n"),
    "the only item": ("a:\n- b\n", ("a", 0), "a:\n"),
    "the key behind a dash": ("- a: 1\n  b: 2\n", (0, "a"), "- b: 2\n"),
    "the key behind a dash, with a comment below": (
        "- a: 1\n  # of b\n  b: 2\n", (0, "a"), "- # of b\n  b: 2\n"),
    "the only key behind a dash": ("- a: 1\n- b\n", (0, "a"), "-\n- b\n"),
    "without a final line end": ("a: 1\nb: 2", ("b",), "a: 1"),
    "in a flow": ("a: [b, c, d] # e\n", ("a", 1), "a: [b, d] # e\n"),
    "the first in a flow": ("a: { b: 1, c: 2 }\n", ("a", "b"), "a: { c: 2 }\n"),
    "the only one in a flow": ("a: {b: 1}\n", ("a", "b"), "a: {}\n"),
    "a line of a flow": ("a: [\n  b, # of b\n  c # of c\n]\n", ("a", 1), "a: [\n  b # of b\n]\n"),
    "an alias": ("a: &x 1\nb: *x\n", ("b",), "a: &x 1\n"),
    "a block scalar": ("a: |\n  # x\n\n  y\nb: 1\n", ("a",), "b: 1\n"),
    "what stands behind blank lines that would become text": (
        "a: |+\n  x\nb: 2\n\nc: 3\n", ("b",), "a: |+\n  x\nc: 3\n"),
    "an explicit key": ("? a\n: 1\n? b\n: - 2\nc: 3\n", ("b",), "? a\n: 1\nc: 3\n"),
    "a missing key": ("a: 1\n", ("b",), "a: 1\n"),
    "a missing key of a missing key": ("a: 1\n", ("b", "c"), "a: 1\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", REMOVE)
def test_what_goes(name: str) -> None:
    source, path, wanted = REMOVE[name]
    assert apply_edits(source.encode(), [Remove(path=path)]).decode() == wanted


def test_a_comment_above_goes_only_where_it_is_the_named_one() -> None:
    source = b"a: 1\n# why\n# so\nb: 2\n"
    assert apply_edits(source, [Remove(path=("b",), comment="why\nso")]) == b"a: 1\n"
    assert apply_edits(source, [Remove(path=("b",), comment="so")]) == b"a: 1\n# why\n"
    assert apply_edits(source, [Remove(path=("b",), comment="x\nso")]) == b"a: 1\n# why\n# so\n"


def test_a_comment_behind_a_dash_goes_only_where_it_is_the_named_one() -> None:
    source = b"- # why\n  # so\n  a: 1\n  b: 2\n"
    kept = b"- # why\n  # so\n  b: 2\n"
    assert apply_edits(source, [Remove(path=(0, "a"), comment="why\nso")]) == b"- b: 2\n"
    assert apply_edits(source, [Remove(path=(0, "a"), comment="not\nso")]) == kept
    assert apply_edits(source, [Remove(path=(0, "a"), comment="why\nnot")]) == kept
    assert apply_edits(source, [Remove(path=(0, "a"))]) == kept
    beside_a_key = [Remove(path=("b", "c"), comment="why")]
    assert apply_edits(b"b: # why\n  c: 1\n  d: 2\n", beside_a_key) == b"b: # why\n  d: 2\n"


REFUSED = {
    "a mapping": ("a: {}\n", SetScalar(path=("a",), value=1), "it is a mapping"),
    "a missing item": ("a: [1]\n", SetScalar(path=("a", 1), value=1), "its last step is no key"),
    "an alias": ("a: &x 1\nb: *x\n", SetScalar(path=("b",), value=2), "`b` is the alias `*x`"),
    "what an alias uses": ("a: &x 1\nb: *x\n", SetScalar(path=("a",), value=2), "`*x` uses it"),
    "a tagged scalar": ("a: !!str 1\n", SetScalar(path=("a",), value=2), "it has a tag"),
    "an item that is not there": ("a: [1]\n", Remove(path=("a", 1)), "there is no `a[1]`"),
    "the anchor of an alias": ("a:\n  b: &x 1\nc: *x\n", Remove(path=("a",)), "`*x` elsewhere"),
    "through an alias": ("a: &x {b: 1}\nc: *x\n", Remove(path=("c", "b")), "the alias `*x`"),
    "everything": ("a: 1\n", Remove(path=()), "empty path"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    source, edit, reason = REFUSED[name]
    with pytest.raises(EditRefused) as refused:
        apply_edits(source.encode(), [edit], name="ci.yml")
    assert reason in refused.value.message


def test_a_wrong_text_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the splicing does, only what parses to the meant thing comes out."""
    wrong = "a: 2\nb: 3\n"
    monkeypatch.setattr(yaml_place, "with_scalar", lambda *_: iter([wrong, "a: [", "a: '2'\n"]))
    monkeypatch.setattr(yaml_place, "with_new", lambda *_, **__: wrong)
    monkeypatch.setattr(yaml_place, "without", lambda *_, **__: iter([wrong]))
    edits = [
        SetScalar(path=("a",), value=2),
        InsertKey(path=("x",), text="1"),
        Remove(path=("b",)),
    ]
    for edit in edits:
        with pytest.raises(EditRefused, match="something else would have changed"):
            apply_edits(b"a: 1\nb: 2\n", [edit])
