"""Reading YAML data leniently: what has another shape than expected reads as empty."""

from collections.abc import Mapping

from cargo_hone.edit.yaml import Value


def mapping(value: Value) -> Mapping[str, Value]:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Value) -> list[Value]:
    """The sequence, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: Value) -> str:
    """A scalar as GitHub's expressions see it; "" for null and for collections."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return ""


def texts(value: Value) -> dict[str, str]:
    """A mapping's values as texts."""
    return {name: text(inner) for name, inner in mapping(value).items()}
