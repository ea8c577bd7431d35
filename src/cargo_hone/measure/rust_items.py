"""The items of a Rust source file: which functions have a body that can be edited, which modules it names.

Walks items, not expressions: module, impl and trait blocks are entered; function bodies, macros, constants and
`extern` blocks are stepped over as a whole. Where something is not understood the rest of that block is left
alone, so that nothing is ever found inside a macro's text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cargo_hone.measure.rust_attributes import Attributes, read_attributes
from cargo_hone.measure.rust_lexer import NotLexed, Token, TokenKind, match_brackets, tokenize

_TEST_MODULES = frozenset({"test", "tests", "bench", "benches", "testing"})
_DEEPEST = 40
"""Blocks within blocks beyond this are no source that somebody edits."""
_QUALIFIERS = frozenset({"default", "async", "unsafe", "safe", "gen", "const", "extern"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function with a body: a statement inserted at character `offset` becomes its first one.

    `rewritten` says that an attribute macro stands above it (`#[tokio::main]`), `tokens` how long the body is.
    """

    name: str
    offset: int
    tokens: int
    generic: bool
    inline: bool
    rewritten: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFile:
    """A `mod name;` that is always compiled: `inside` are the inline modules around it, `path` a `#[path]`."""

    name: str
    inside: tuple[str, ...]
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What a file holds."""

    functions: tuple[Function, ...]
    modules: tuple[ModuleFile, ...]


def read_items(text: str) -> Items | NotLexed:
    """Return the editable functions and the module files that `text` names; no input makes it raise."""
    tokens = tokenize(text)
    if isinstance(tokens, NotLexed):
        return tokens
    matching = match_brackets(tokens)
    if isinstance(matching, NotLexed):
        return matching
    walk = _Walk(tokens=tokens, matching=matching)
    walk.block(0, len(tokens), _Around())
    return Items(functions=tuple(walk.functions), modules=tuple(walk.modules))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What encloses an item."""

    depth: int = 0
    modules: tuple[str, ...] = ()
    generic: bool = False
    rewritten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One pass over a file; the two lists collect what it finds."""

    tokens: tuple[Token, ...]
    matching: Mapping[int, int]
    functions: list[Function] = field(default_factory=list)
    modules: list[ModuleFile] = field(default_factory=list)

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def is_word(self, at: int) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].kind is TokenKind.WORD

    def after(self, at: int) -> int:
        """Step over one token, or over a whole bracketed group."""
        return self.matching.get(at, at) + 1

    def block(self, at: int, end: int, around: _Around) -> None:
        """Visit the items in a file or between the braces of a module, an impl or a trait."""
        while self.text(at) == "#" and self.text(at + 1) == "!" and at < end:
            # `#![cfg(..)]` makes all of it conditional; `#![cfg_attr(..)]` on a crate only adds attributes.
            if self.text(at + 3) == "cfg":
                return
            at = self.after(at + 2)
        while at < end and around.depth < _DEEPEST:
            following = self.item(at, end, around)
            if following is None:
                return
            at = following

    def item(self, at: int, end: int, around: _Around) -> int | None:
        """Visit one item and return where the next begins; None where it is not understood."""
        attributes, at = read_attributes(self.tokens, self.matching, at)
        at = self.visibility(at)
        if at >= end:
            return end
        word = self.text(at)
        if word == ";":
            return at + 1
        if not self.is_word(at) and word != "::":
            return None
        start = self.past_qualifiers(at)
        match self.text(start):
            case "fn":
                return self.function(start, end, around, attributes, self.qualifiers(at, start))
            case "mod" if self.is_word(start + 1):
                return self.module(start, end, around, attributes)
            case "impl" | "trait":
                return self.members(start, end, around, attributes)
            case "auto" if self.text(start + 1) == "trait":
                return self.members(start + 1, end, around, attributes)
            case "struct" | "enum" | "union" if self.is_word(start + 1):
                return self.past_definition(start, end)
            case "macro" if self.is_word(start + 1):
                return self.past_definition(start, end)
            case "{":
                return self.after(start)  # `extern "C" { .. }`
            case _:
                pass
        if word in {"use", "static", "type", "const", "extern"}:
            return self.past_semicolon(at, end)
        return self.past_macro(at, end)

    def visibility(self, at: int) -> int:
        if self.text(at) != "pub":
            return at
        return self.after(at + 1) if self.text(at + 1) == "(" else at + 1

    def past_qualifiers(self, at: int) -> int:
        """Step over what may stand before `fn`, `impl`, `trait` or an `extern` block."""
        while self.text(at) in _QUALIFIERS or (
            self.text(at - 1) == "extern" and self.text(at).startswith(('"', 'r"', "r#"))
        ):
            at += 1
        return at

    def qualifiers(self, start: int, end: int) -> frozenset[str]:
        return frozenset(token.text for token in self.tokens[start:end])

    def function(
        self,
        at: int,
        end: int,
        around: _Around,
        attributes: Attributes,
        qualifiers: frozenset[str],
    ) -> int | None:
        body = self.find_body(at + 1, end)
        if body is None:
            return None
        following = self.after(body)
        editable = (
            self.text(body) == "{"
            and not attributes.conditional
            and "const" not in qualifiers
            and self.text(body + 1)
            != "#"  # an inner attribute has to stay the first thing in the body
        )
        if editable:
            self.functions.append(
                Function(
                    name=self.text(at + 1),
                    offset=self.tokens[body].end,
                    tokens=following - body - 2,
                    generic=around.generic or self.has_type_parameters(at + 2, body),
                    inline=attributes.inline,
                    rewritten=around.rewritten or attributes.rewritten,
                )
            )
        return following

    def module(self, at: int, end: int, around: _Around, attributes: Attributes) -> int | None:
        name = self.text(at + 1).removeprefix("r#")
        hidden = attributes.conditional or name in _TEST_MODULES
        if self.text(at + 2) == ";":
            if not hidden and not attributes.rewritten:
                self.modules.append(
                    ModuleFile(name=name, inside=around.modules, path=attributes.path)
                )
            return at + 3
        if self.text(at + 2) != "{":
            return None
        if not hidden:
            inner = replace(
                around,
                depth=around.depth + 1,
                modules=(*around.modules, attributes.path or name),
                rewritten=around.rewritten or attributes.rewritten,
            )
            self.block(at + 3, self.matching[at + 2], inner)
        return min(self.after(at + 2), end)

    def members(self, at: int, end: int, around: _Around, attributes: Attributes) -> int | None:
        """Enter an impl or a trait; a trait's own bodies are generic over whoever implements it."""
        body = self.find_body(at + 1, end)
        if body is None:
            return None
        if self.text(body) == "{" and not attributes.conditional:
            inner = replace(
                around,
                depth=around.depth + 1,
                generic=self.text(at) == "trait" or self.has_type_parameters(at + 1, body),
                rewritten=around.rewritten or attributes.rewritten,
            )
            self.block(body + 1, self.matching[body], inner)
        return self.after(body)

    def find_body(self, at: int, end: int) -> int | None:
        """Return the `{` or `;` that ends a signature; braces inside `<..>` are constant arguments."""
        angles = 0
        while at < end:
            match self.text(at):
                case "<":
                    angles += 1
                case ">":
                    angles -= 1
                case "{" | ";" if angles == 0:
                    return at
                case "=" if angles == 0:
                    return None  # a trait alias, or something newer than this
                case _:
                    pass
            at = self.after(at)
        return None

    def has_type_parameters(self, at: int, end: int) -> bool:
        """Whether `<T>`, `<const N: usize>` (not `<'a>`) stands at `at`, or `impl Trait` in the arguments."""
        if self.text(at) != "<":
            return any(token.text == "impl" for token in self.tokens[at:end])
        angles, begins = 0, False
        for index in range(at, end):
            match self.text(index):
                case "<":
                    angles += 1
                    begins = angles == 1
                    continue
                case ">":
                    angles -= 1
                    if angles == 0:
                        return any(token.text == "impl" for token in self.tokens[index:end])
                case "," if angles == 1:
                    begins = True
                    continue
                case _ if begins and self.is_word(index):
                    return True
            begins = False
        return True

    def past_definition(self, at: int, end: int) -> int | None:
        body = self.find_body(at + 1, end)
        return None if body is None else self.after(body)

    def past_semicolon(self, at: int, end: int) -> int | None:
        while at < end:
            if self.text(at) == ";":
                return at + 1
            at = self.after(at)
        return None

    def past_macro(self, at: int, end: int) -> int | None:
        """`name! { .. }`, `path::name!(..);`, `macro_rules! name { .. }`."""
        while at < end and (self.is_word(at) or self.text(at) == "::"):
            at += 1
        if self.text(at) != "!":
            return None
        at += 2 if self.is_word(at + 1) else 1
        if at not in self.matching:
            return None
        following = self.after(at)
        return following + 1 if self.text(following) == ";" else following
