import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.measure.rust_items import Items, read_items
from cargo_hone.measure.rust_lexer import NotLexed, match_brackets, tokenize


def _texts(source: str) -> list[str]:
    tokens = tokenize(source)
    assert not isinstance(tokens, NotLexed), tokens.why
    return [token.text for token in tokens]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a /* b /* c */ d */ e // f\ng", ["a", "e", "g"]),
        ("/*/ not closed by its own slash */ a", ["a"]),
        (r'"a \" // b" c', [r'"a \" // b"', "c"]),
        ('"ends with a backslash \\\\" c', ['"ends with a backslash \\\\"', "c"]),
        ('"two\\\n lines" c', ['"two\\\n lines"', "c"]),
        ('r#"a "quoted" {"# b', ['r#"a "quoted" {"#', "b"]),
        ('r##"a "# b"## c', ['r##"a "# b"##', "c"]),
        (r'r"\" b', [r'r"\"', "b"]),
        ('br#"{"# c"{" b"{"', ['br#"{"#', 'c"{"', 'b"{"']),
        ("r#match r#fn", ["r#match", "r#fn"]),
        (
            r"'{' b'{' '\'' '\\' '\u{7b}' '\x7b'",
            ["'{'", "b'{'", r"'\''", r"'\\'", r"'\u{7b}'", r"'\x7b'"],
        ),
        ("<'a, 'b>('c')", ["<", "'a", ",", "'b", ">", "(", "'c'", ")"]),
        ("&'static str", ["&", "'static", "str"]),
        ("'label: loop {}", ["'label", ":", "loop", "{", "}"]),
        (
            "0..2 1.5e3 x.0.1 1.max(2)",
            ["0", ".", ".", "2", "1.5e3", "x", ".", "0.1", "1", ".", "max", "(", "2", ")"],
        ),
        ("a->b=>c::d", ["a", "->", "b", "=>", "c", "::", "d"]),
        ("#!/usr/bin/env run-cargo-script {\nfn", ["fn"]),
        ("#![no_std] fn", ["#", "!", "[", "no_std", "]", "fn"]),
        ("\ufefffn größe", ["fn", "größe"]),
        ("a\r\nb", ["a", "b"]),
    ],
)
def test_code_is_told_from_comments_and_strings(source: str, expected: list[str]) -> None:
    assert _texts(source) == expected


@pytest.mark.parametrize("source", ["/* /* */", '"abc', 'r#"abc"', "fn '"])
def test_what_does_not_end_is_a_value_with_a_reason(source: str) -> None:
    found = tokenize(source)
    assert isinstance(found, NotLexed)
    assert "does not end" in found.why


@pytest.mark.parametrize("source", ["fn a() {", "}", "(]"])
def test_unbalanced_brackets_are_a_value_with_a_reason(source: str) -> None:
    tokens = tokenize(source)
    assert not isinstance(tokens, NotLexed)
    assert isinstance(match_brackets(tokens), NotLexed)


_fragments = st.sampled_from(
    [
        *(
            "fn f() {",
            "}",
            "{",
            "(",
            ")",
            "[",
            "]",
            "<",
            ">",
            "/*",
            "*/",
            "//",
            "\n",
            '"',
            "'",
            "#",
        ),
        *(
            "!",
            "r#",
            'r#"',
            '"#',
            "\\",
            "'a",
            "b'",
            "mod m",
            ";",
            "impl",
            "trait T",
            "macro_rules!",
        ),
        *(
            "const",
            "extern",
            "pub",
            "unsafe",
            "where",
            "=",
            "->",
            "#[cfg(x)]",
            "#![",
            "::",
            "é",
            "0.",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(_fragments).map(" ".join), st.lists(_fragments).map("".join)))
def test_nothing_makes_it_raise_and_offsets_are_right(source: str) -> None:
    tokens = tokenize(source)
    if not isinstance(tokens, NotLexed):
        assert all(source[token.start : token.end] == token.text for token in tokens)
    items = read_items(source)
    if isinstance(items, Items):
        assert all(source[function.offset - 1] == "{" for function in items.functions)
