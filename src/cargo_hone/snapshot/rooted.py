"""Which units hold the path of their checkout, and so are of no use in another one.

A path comes into a unit through variables that rustc notes (`env!`), through proc macros (which leave no trace), and
through what a build script wrote. `include!` of a file below such a path takes the content, not the path.
"""

import os
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from urllib.parse import quote

from cargo_hone.snapshot.macros import Macros
from cargo_hone.snapshot.sources import Sources
from cargo_hone.target.graph import Graph
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_CHUNK_BYTES = 2**22
_OUTPUTS = ("output", "stdout")
_CARGO_WRITES = ("root-output", "stderr", "invoked.timestamp")


def rooted(
    unit: Unit,
    sources: Sources,
    *,
    roots: Sequence[bytes],
    graph: Graph,
    macros: Macros,
    used: AbstractSet[str],
    is_local: bool,
) -> str:
    """Say why `unit` cannot be used in another place; "" where nothing ties it to this one.

    `roots` are the paths of the workspace and of its target directory, `macros` as `unsafe_macros` returns them,
    `used` those that the unit may call. Raises OSError.
    """
    if unit.kind is TargetKind.BUILD_SCRIPT and unit.mode is Mode.RUN:
        return _written(unit, roots)
    for name, value in sources.env:
        if any(root in value for root in roots):
            reason = _use_of(name, sources)
            if reason:
                return reason
    if is_local or _has_build_script(unit, graph):
        # cargo tells a macro the path of the package, and of OUT_DIR where there is a build script.
        return _macro_of(unit, graph, macros, used)
    return ""


def path_forms(paths: Iterable[Path]) -> tuple[bytes, ...]:
    """How the paths of a checkout may look in what was made from them: as they are, resolved, escaped."""
    found: dict[bytes, None] = {}
    for path in paths:
        for one in (os.fspath(path), os.path.realpath(path)):
            raw = os.fsencode(one)
            found[raw] = None
            found[raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')] = None
            found[quote(raw).encode()] = None
    return tuple(found)


def macros_used(graph: Graph, names: Container[str]) -> Mapping[UnitId, frozenset[str]]:
    """For each unit the proc macros among `names` that it may call: its own, and those that its libraries pass on."""
    found: dict[UnitId, set[str]] = defaultdict(set)
    # From each macro to whoever may see it: there are few macros, and many units with many others below them.
    for macro in graph.units:
        if macro.package not in names:
            continue
        seen: set[UnitId] = set()
        pending = list(graph.needed_by[macro])
        while pending:
            unit_id = pending.pop()
            if unit_id in seen:
                continue
            seen.add(unit_id)
            found[unit_id].add(macro.package)
            passes_on = graph.units[unit_id].kind is not TargetKind.BUILD_SCRIPT
            if passes_on and unit_id.package not in names:
                pending += graph.needed_by[unit_id]
    return {unit_id: frozenset(macros) for unit_id, macros in found.items()}


def _has_build_script(unit: Unit, graph: Graph) -> bool:
    return any(graph.units[o].kind is TargetKind.BUILD_SCRIPT for o in graph.needs[unit.id])


def _use_of(name: bytes, sources: Sources) -> str:
    """Look at each place where the variable is read; "" where all of them only include a file."""
    shown = name.decode(errors="replace")
    any_use = re.compile(rb'\b(?:option_)?env!\s*[(\[{]\s*"' + re.escape(name) + rb'"')
    included = re.compile(
        rb"\binclude(?:_str|_bytes)?!\s*[(\[{]\s*(?:::)?(?:\w+::)*concat!\s*[(\[{]\s*(?:::)?(?:\w+::)*env!\s*[(\[{]\s*"
        rb'"' + re.escape(name) + rb'"'
    )
    uses = includes = 0
    any_name = re.compile(rb"\b(?:option_)?env!\s*[(\[{]\s*[^\"\s]")
    for path in sorted(sources.read):
        try:
            text = Path(path.decode(errors="surrogateescape")).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return f"it has the path in {shown}, and its source {path.decode(errors='replace')} is gone"
        if any_name.search(text):
            return f"it has the path in {shown}, and an `env!` whose name is computed"
        uses += len(any_use.findall(text))
        includes += len(included.findall(text))
    if uses == 0:
        return f"a macro puts {shown} into it"
    return "" if uses == includes else f'it uses `env!("{shown}")` for more than an include'


def _macro_of(unit: Unit, graph: Graph, macros: Macros, used: AbstractSet[str]) -> str:
    if graph.unresolved.get(unit.id):
        return "what it was compiled against cannot be told, and so not which proc macros it uses"
    for name in sorted(used & macros.seeing.keys()):
        return f"it uses the proc macro {name}, which may read the path: {macros.seeing[name]}"
    return ""


def _written(unit: Unit, roots: Sequence[bytes]) -> str:
    """A build script's output. cargo itself corrects the path of OUT_DIR in what the script printed (1.95)."""
    directory = f"{unit.build_tree[0].path}/" if unit.build_tree else ""
    for entry in unit.build_tree:
        inner = entry.path.removeprefix(directory)
        # v1 keeps what cargo notes about the run beside out/, v2 in run/.
        noted = "" if inner.startswith("out/") else inner.removeprefix("run/")
        if entry.is_directory or noted in _CARGO_WRITES:
            continue
        ignored = os.fsencode(f"{directory}out") if noted in _OUTPUTS else b""
        path = Path(entry.path)
        if path.is_symlink():
            target = bytes(path.readlink())
            if any(root in target for root in roots):
                return f"its build script made the link {inner} with the path in it"
        elif path.is_file() and _contains(path, roots, ignored=ignored):
            return f"its build script wrote the path into {inner}"
    return ""


def _contains(path: Path, needles: Sequence[bytes], *, ignored: bytes) -> bool:
    longest = max(len(needle) for needle in needles)
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = tail + chunk
            if ignored:
                text = text.replace(ignored, b"")
            if any(needle in text for needle in needles):
                return True
            tail = text[-longest:]
    return False
