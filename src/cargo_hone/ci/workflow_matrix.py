"""What a job's matrix tells: the runners it leads to, and how many jobs it makes."""

import re
from collections.abc import Iterator, Mapping

from cargo_hone.ci.shape import items, mapping, text
from cargo_hone.edit.yaml import Value

_DIMENSION = re.compile(r"\$\{\{\s*matrix\.([\w-]+)((?:\.[\w-]+)*)\s*\}\}")


def runners(runs_on: Value, matrix: Mapping[str, Value]) -> tuple[tuple[str, ...], ...]:
    """Return each set of labels that a job may run on; () where an expression decides that cannot be followed."""
    if isinstance(runs_on, dict):
        runs_on = runs_on.get("labels")
    labels = tuple(map(text, runs_on)) if isinstance(runs_on, list) else (text(runs_on),)
    if not any("${{" in label for label in labels):
        return (labels,) if any(labels) else ()
    found = _DIMENSION.fullmatch(labels[0].strip()) if len(labels) == 1 else None
    if found is None:
        return ()
    return tuple(_values(matrix, found[1], found[2].split(".")[1:]))


def legs(matrix: Mapping[str, Value]) -> int:
    """Return how many jobs a matrix makes, `exclude` left out of account; 1 for one that is made when it runs."""
    count = 1
    dimensions = [
        values for name, values in matrix.items() if name not in {"include", "exclude"} and values
    ]
    for values in dimensions:
        count *= max(len(items(values)), 1)
    return count if dimensions else max(len(items(matrix.get("include"))), 1)


def _values(
    matrix: Mapping[str, Value], dimension: str, inside: list[str]
) -> Iterator[tuple[str, ...]]:
    """Yield what a dimension can be, `include` counted in; nothing where a part of it is an expression."""
    own, more = matrix.get(dimension), matrix.get("include")
    if isinstance(own, str) or isinstance(more, str):
        return
    included = (mapping(entry).get(dimension) for entry in items(more))
    for value in [*items(own), *(value for value in included if value is not None)]:
        inner = value
        for key in inside:
            inner = mapping(inner).get(key)
        yield tuple(map(text, inner)) if isinstance(inner, list) else (text(inner),)
