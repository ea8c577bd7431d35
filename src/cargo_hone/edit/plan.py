"""A plan as one can read it, and several plans as one."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cargo_hone.model import FileChange, Plan


def diff(plan: Plan, *, root: Path) -> str:
    """Return the unified diff of all changes, each with its reason; "" for a plan that changes nothing.

    Paths inside `root` are shown relative to it, others in the home directory as `~/...`. Content that is not
    UTF-8 text is only counted, in bytes.
    """
    lines: list[str] = []
    for change in plan.changes:
        if change.before != change.after:
            lines.extend(_heading(change, shown(change.path, root=root)))
            lines.extend(difference(change.before, change.after, shown(change.path, root=root)))
    return "".join(f"{line}\n" for line in lines)


def difference(before: bytes | None, after: bytes | None, name: str) -> Iterator[str]:
    """Yield the lines of a unified diff of one file, without line ends."""
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        yield f"Binary file {name}: {len(before or b'')} -> {len(after or b'')} bytes"
        return
    # `a/` and `b/` are for what `git apply` can find below the root.
    inside = not name.startswith(("/", "~"))
    from_name = "/dev/null" if before is None else f"a/{name}" if inside else name
    to_name = "/dev/null" if after is None else f"b/{name}" if inside else name
    for line in difflib.unified_diff(old, new, from_name, to_name, lineterm="\n"):
        if line.endswith("\n"):
            yield line[:-1]
        else:
            yield line
            yield r"\ No newline at end of file"


def shown(path: Path, *, root: Path) -> str:
    """Return a path as a person wants to read it: relative to `root`, or to the home directory."""
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    try:
        home = Path.home()
    except RuntimeError:
        # No HOME and no entry in the password file: the full path says the same.
        return path.as_posix()
    if path.is_relative_to(home):
        return f"~/{path.relative_to(home).as_posix()}"
    return path.as_posix()


def merge(plans: Sequence[Plan], *, title: str) -> Plan:
    """Return one plan that does what `plans` do one after the other; changes that change nothing are gone.

    Raises ValueError where a plan does not start from what the earlier ones leave: it was made from another
    state of the file than the one it will meet.
    """
    merged: dict[Path, FileChange] = {}
    for plan in plans:
        for change in plan.changes:
            earlier = merged.get(change.path)
            merged[change.path] = change if earlier is None else _joined(earlier, change)
    changes = tuple(change for change in merged.values() if change.before != change.after)
    return Plan(title=title, changes=changes)


def _joined(first: FileChange, second: FileChange) -> FileChange:
    if first.after != second.before:
        raise ValueError(f"{second.path}: {second.why!r} does not start where {first.why!r} ends")
    if first.before == first.after:
        return second
    if second.before == second.after:
        return first
    why = "; ".join(dict.fromkeys([*first.why.split("; "), *second.why.split("; ")]))
    executable = second.executable if first.after is None else first.executable
    return replace(first, after=second.after, why=why, executable=executable)


def _heading(change: FileChange, name: str) -> Iterator[str]:
    yield f"# {name}: {change.why}"
    if change.before is None:
        yield "new file (executable)" if change.executable else "new file"
    elif change.after is None:
        yield "deleted file"


def _lines(content: bytes | None) -> list[str] | None:
    """Return the lines with their ends, split at LF only; None for what is not text."""
    if content is None:
        return []
    if b"\0" in content:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    # Not splitlines(): it also splits at form feeds and Unicode separators, which git does not.
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
