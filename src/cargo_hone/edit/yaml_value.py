"""YAML scalars: what a plain one means in the core schema (YAML 1.2, chapter 10.3), and how to write one."""

import math
import re

from cargo_hone.edit.jsonc_data import Value, render, render_string

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NAN = re.compile(r"\.(?:nan|NaN|NAN)")


def resolved(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar means: `on`, `yes` and dates are text. Raises ValueError for monstrous numbers."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    for pattern, base in ((_INT, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            return int(text if base == 10 else text[2:], base)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float("-inf" if text.startswith("-") else "inf")
    if _NAN.fullmatch(text):
        return float("nan")
    return text


_SAFE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_SAFE_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~]|-(?=[A-Za-z-])")
_SAFE_REST = re.compile(
    r"(?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff:#]|:(?=\S)|(?<=\S)#)*"
)
_FLOW_MARK = re.compile(r"[,\[\]{}]|:[,\[\]{}]")
_OLD_BOOLEAN = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
_OLD_NUMBER = re.compile(r"[-+]?[0-9][0-9_,.:TtZzEe+\- ]*|[-+]?0[bxo][0-9a-fA-F_]+")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*")


def render_key(key: str) -> str:
    """Write a mapping's key, quoted where it must be, or where another reader might not see text (but for `on`)."""
    if _SAFE_KEY.fullmatch(key) and (key == "on" or is_plain(key, flow=True)):
        return key
    return render_string(key)


def render_scalar(value: str | int | bool | None, *, style: str, flow: bool) -> str:
    """Write a scalar on one line, in the given quotes (`'`, `"`, else none) if they can hold it, else in `"`."""
    if not isinstance(value, str):
        return "null" if value is None else str(value).lower()
    if style == "'" and _PRINTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    if style == "" and is_plain(value, flow=flow):
        return value
    return render_string(value)


def render_flow(value: Value) -> str:
    """Write a value as a flow: JSON, with the numbers that only YAML has."""
    match value:
        case dict():
            pairs = [f"{render_key(key)}: {render_flow(inner)}" for key, inner in value.items()]
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(render_flow, value)) + "]"
        case float() if math.isnan(value):
            return ".nan"
        case float() if math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        case _:
            return render(value)


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text without quotes is this text to a reader of YAML 1.2, and to one of 1.1."""
    return bool(
        _SAFE_START.match(text)
        and _SAFE_REST.fullmatch(text)
        and text == text.strip()
        and not text.startswith("---")
        and text != "..."
        and not text.startswith("... ")
        and not (flow and _FLOW_MARK.search(text))
        and isinstance(resolved(text), str)
        and not _OLD_BOOLEAN.fullmatch(text)
        and not _OLD_NUMBER.fullmatch(text)
    )


def literal_lines(text: str, indent: int) -> tuple[str, list[str]] | None:
    """Return a literal block scalar's header and lines; None for what it cannot hold."""
    lines = text.split("\n")
    body = text.rstrip("\n")
    if not body or body[0] in " \n\t" or not all(map(_PRINTABLE.fullmatch, lines)):
        return None
    ends = len(text) - len(body)
    chomping = {0: "-", 1: ""}.get(ends, "+")
    written = lines if ends == 0 else lines[:-1]
    return f"|{chomping}", [" " * indent + line if line else "" for line in written]
