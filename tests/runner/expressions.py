"""GitHub's expressions: literals, operators, contexts and functions, as its documentation describes them."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<operator>&&|\|\||==|!=|<=|>=|[!<>()\[\].,*]))"
)


class BadExpression(ValueError):
    """Something that this runner, or GitHub, does not understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression can see. `status` is success, failure or cancelled; `workspace` is for hashFiles."""

    contexts: Mapping[str, Any]
    status: str
    workspace: Path


def interpolate(text: str, scope: Scope) -> str:
    """Replace each `${{ ... }}` by its value as text."""
    return re.sub(
        r"\$\{\{(.*?)\}\}", lambda m: as_text(evaluate(m[1], scope)), text, flags=re.DOTALL
    )


def condition(text: str | bool | None, scope: Scope) -> bool:
    """Say whether a step runs: without a status function, `success()` is part of it."""
    if text is None:
        return scope.status == "success"
    source = str(text).strip()
    if source.startswith("${{") and source.endswith("}}"):
        source = source[3:-2]
    asked = re.search(r"\b(always|success|failure|cancelled)\s*\(", source)
    if not asked and scope.status != "success":
        return False
    return truthy(evaluate(source, scope))


def evaluate(source: str, scope: Scope) -> Any:
    """Return the value of one expression."""
    tokens: list[tuple[str, str]] = []
    place = 0
    source = source.strip()
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise BadExpression(source)
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    parser = _Parser(tokens, scope)
    value = parser.either()
    if parser.tokens:
        raise BadExpression(f"{source!r}: {parser.tokens[0]} is left over")
    return value


def truthy(value: Any) -> bool:
    """False, 0, '', null are false; all else is true."""
    return value not in (None, False, 0, "")


def as_text(value: Any) -> str:
    """Return a value as a workflow would put it into text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "Object" if isinstance(value, dict) else "Array"
    return f"{value:g}" if isinstance(value, float) else str(value)


def hash_files(workspace: Path, patterns: Sequence[str]) -> str:
    """Hash the content of all files that the patterns match; '' where there is none."""
    found = sorted(
        {
            path
            for pattern in patterns
            for path in workspace.glob(pattern)
            if path.is_file() and "target" not in path.relative_to(workspace).parts
        }
    )
    if not found:
        return ""
    return hashlib.sha256(
        b"".join(hashlib.sha256(path.read_bytes()).digest() for path in found)
    ).hexdigest()


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        return float(bool(value))
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return float("nan")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


class _Parser:
    """Recursive descent, lowest precedence first; values are computed while parsing."""

    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self.tokens = tokens
        self.scope = scope

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            right = self.both()
            value = value if truthy(value) else right
        return value

    def both(self) -> Any:
        value = self.comparison()
        while self.take("&&"):
            right = self.comparison()
            value = right if truthy(value) else value
        return value

    def comparison(self) -> Any:
        left = self.negation()
        compare: dict[str, Callable[[Any, Any], bool]] = {
            "==": _equal,
            "!=": lambda a, b: not _equal(a, b),
            "<": lambda a, b: _number(a) < _number(b),
            ">": lambda a, b: _number(a) > _number(b),
            "<=": lambda a, b: _number(a) <= _number(b),
            ">=": lambda a, b: _number(a) >= _number(b),
        }
        for operator, holds in compare.items():
            if self.take(operator):
                return holds(left, self.negation())
        return left

    def negation(self) -> Any:
        if self.take("!"):
            return not truthy(self.negation())
        return self.access(self.primary())

    def primary(self) -> Any:
        if not self.tokens:
            raise BadExpression("something is missing at the end")
        kind, text = self.tokens.pop(0)
        match kind:
            case "string":
                return text[1:-1].replace("''", "'")
            case "number":
                return float(text) if "." in text else int(text)
            case "name" if self.take("("):
                return self.call(text)
            case "name":
                constants = {"true": True, "false": False, "null": None}
                if text in constants:
                    return constants[text]
                if text not in self.scope.contexts:
                    raise BadExpression(f"no context {text!r}")
                return self.scope.contexts[text]
            case "operator" if text == "(":
                value = self.either()
                self.expect(")")
                return value
            case _:
                raise BadExpression(f"{text!r} where a value should be")

    def access(self, value: Any) -> Any:
        while True:
            if self.take("."):
                key: Any = self.tokens.pop(0)[1]
            elif self.take("["):
                key = self.either()
                self.expect("]")
            else:
                return value
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                value = None

    def call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self.take(")"):
            arguments.append(self.either())
            self.take(",")
        status = self.scope.status
        functions: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "success": lambda: status == "success",
            "failure": lambda: status == "failure",
            "cancelled": lambda: status == "cancelled",
            "contains": lambda a, b: (
                b in a if isinstance(a, list) else str(b).lower() in str(a).lower()
            ),
            "startsWith": lambda a, b: str(a).lower().startswith(str(b).lower()),
            "endsWith": lambda a, b: str(a).lower().endswith(str(b).lower()),
            "format": _format,
            "join": lambda a, b=",": b.join(map(as_text, a)) if isinstance(a, list) else as_text(a),
            "toJSON": lambda a: json.dumps(a, indent=2),
            "fromJSON": json.loads,
            "hashFiles": lambda *patterns: hash_files(self.scope.workspace, patterns),
        }
        if name not in functions:
            raise BadExpression(f"no function {name!r}")
        return functions[name](*arguments)

    def take(self, operator: str) -> bool:
        if self.tokens and self.tokens[0] == ("operator", operator):
            self.tokens.pop(0)
            return True
        return False

    def expect(self, operator: str) -> None:
        if not self.take(operator):
            raise BadExpression(f"{operator!r} is missing")


def _format(text: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda match: as_text(values[int(match[1])]), text)
