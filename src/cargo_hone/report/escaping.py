"""Texts of a history in other people's formats: a label is whatever somebody typed, or whatever came from a fork."""

from collections.abc import Sequence


def printable(text: str) -> str:
    """Return the text on one line, without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def code(text: str) -> str:
    """Return the text as a code span of GitHub's Markdown, in tables too: nothing in it is a link, a name or HTML.

    A backtick becomes an apostrophe; the escaped pipe is how tables have it (GFM, "Tables").
    """
    cleaned = printable(text).replace("`", "'").replace("|", r"\|")
    return f"`{cleaned}`" if cleaned else ""


def prose(text: str) -> str:
    """Return a sentence of ours with texts of the history in it, so that none of it is Markdown, HTML or a mention.

    Entities for what Markdown gives a meaning: they are shown as the characters that they are. GitHub looks for names,
    issues and addresses in what is shown, after the entities, so those are broken by a space without width.
    """
    shown = "".join(f"&#{ord(char)};" if char in _MEANING else char for char in printable(text))
    for whole, broken in _BROKEN.items():
        shown = shown.replace(whole, broken)
    return shown


_MEANING = frozenset("\\`*_{}[]<>#|~@&$")
_NO_WIDTH = "&#8203;"
_BROKEN = {
    "&#64;": f"&#64;{_NO_WIDTH}",
    "&#35;": f"&#35;{_NO_WIDTH}",
    "://": f":{_NO_WIDTH}//",
    "www.": f"www{_NO_WIDTH}.",
}


def annotation(text: str) -> str:
    """Return the message of a workflow command (docs.github.com, "Workflow commands")."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """Return the value of a workflow command's property, such as its title."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: frozenset[int]) -> str:
    """Write a Markdown table of cells that are escaped already; the columns in `right` are set flush right."""
    rule = ("---:" if place in right else "---" for place in range(len(heads)))
    lines = (heads, tuple(rule), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
