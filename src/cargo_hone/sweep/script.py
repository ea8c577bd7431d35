"""The calls of cargo in a shell script, as far as they can be read without running it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PASS_ON = frozenset(
    {"time", "nice", "then", "do", "else", "if", "while", "!", "{", "exec", "command"}
)
"""Words after which a command begins."""
_PUNCTUATION = frozenset("();<>|&")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call of cargo: what follows the word `cargo`. `doubt` says why it is not the same everywhere, if so."""

    words: tuple[str, ...]
    doubt: str = ""

    @property
    def text(self) -> str:
        """As a shell would read it."""
        return shlex.join(self.words)


def cargo_lines(script: str) -> Iterator[Line]:
    """Yield the calls of cargo, in their order."""
    # The runner replaces an expression before the shell sees it: to us it is one unknown word.
    text = _EXPRESSION.sub("$GITHUB_EXPRESSION", script).replace("\r\n", "\n")
    moved = False
    for line in _without_documents(re.sub(r"\\\n", " ", text)):
        for words in _simple_commands(line):
            moved = moved or words[:1] in (["cd"], ["pushd"])
            place = _program(words)
            if place is not None and words[place] == "cargo" and len(words) > place + 1:
                yield Line(words=tuple(words[place + 1 :]), doubt=_doubt(words, place, moved=moved))


def _doubt(words: list[str], place: int, *, moved: bool) -> str:
    if any("$" in word or "`" in word for word in words):
        return "what it says is known only when it runs"
    if moved:
        return "the script goes to another directory before"
    if any(_ASSIGNMENT.fullmatch(word) for word in words[:place]):
        return "it sets environment variables of its own"
    return ""


def _program(words: list[str]) -> int | None:
    """The place of the program's name: behind assignments and words that pass it on."""
    for place, word in enumerate(words):
        if word not in _PASS_ON and not _ASSIGNMENT.fullmatch(word):
            return place
    return None


def _without_documents(text: str) -> Iterator[str]:
    """The lines of a script without the texts that it holds (`<<EOF` to `EOF`)."""
    end = ""
    for line in text.split("\n"):
        if end:
            if line.strip() == end:
                end = ""
            continue
        found = _HERE_DOCUMENT.search(line)
        end = found[2] if found else ""
        yield line


def _simple_commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    try:
        for word in lexer:
            if set(word) <= _PUNCTUATION:
                # What follows an arrow is a file, and 2>&1 is no end of a command.
                skip = ">" in word or "<" in word
                if not skip:
                    yield words
                    words = []
                elif words and words[-1].isdigit():
                    words.pop()
            elif skip:
                skip = False
            else:
                words.append(word)
    except ValueError:
        # A quotation over several lines: what the command is cannot be read here.
        return
    yield words
