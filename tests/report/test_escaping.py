import pytest

from cargo_hone.report import escaping

NASTY = [
    "a | b",
    "`code` ``x``",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "@everyone #12 www.evil.example",
    "\x1b[31mred\x1b]0;title\x07",
    "two\nlines\r::error::x",
    "\u202ereversed",
    "**bold** _it_ ~~gone~~ \\",
]


@pytest.mark.parametrize("text", NASTY)
def test_code_spans_hold_whatever_comes(text: str) -> None:
    found = escaping.code(text)
    inside = found[1:-1]
    assert found[0] == found[-1] == "`"
    assert "`" not in inside
    assert "|" not in inside.replace(r"\|", "")
    assert inside.isprintable()


@pytest.mark.parametrize("text", NASTY)
def test_prose_holds_no_markdown(text: str) -> None:
    found = escaping.prose(text)
    assert not set(found) & set("`*_[]<>|~@$\\\n\x1b")
    assert "https://" not in found
    assert "www." not in found


def test_names_and_issues_are_broken_after_their_sign() -> None:
    # GitHub looks for them in what is shown, where an entity is the character that it stands for.
    assert escaping.prose("@me") == "&#64;&#8203;me"
    assert escaping.prose("#12") == "&#35;&#8203;12"


def test_ordinary_sentences_stay_readable() -> None:
    text = "+31 % (+29 % to +33 %), 10% are allowed: shown to be worse; since 1a2b3c4d5e6f"
    assert escaping.prose(text) == text


def test_annotations_are_one_line_and_no_other_command() -> None:
    assert escaping.annotation("50% a\r\n::error::b") == "50%25 a%0D%0A::error::b"
    assert escaping.annotation_property("a:b,c%\n") == "a%3Ab%2Cc%25%0A"
