"""Generating tiny workspaces: no registry dependency, built in a second, and every value they print is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cargo_hone.demo import repository, tiny_sources


class Shape(Enum):
    """Who depends on whom among the libraries. `lib0` is the root: it depends on no other library."""

    CHAIN = "chain"  # each on the one before
    FAN = "fan"  # every one on lib0
    LAYERS = "layers"  # in layers of two, each on both of the layer below


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySpec:
    """What a tiny workspace has. `crates` counts libraries and binaries; the binaries use the last library.

    `failing_test` and `broken_crate` act on the last library: a test that fails, code that does not compile.
    `xtask` is an excluded package that depends on `shared`, a path package outside the workspace too, which lib0
    also uses. `commits` is the length of the git history; 0 means no repository.
    """

    crates: int = 4
    shape: Shape = Shape.CHAIN
    binaries: int = 1
    unit_tests: bool = True
    proc_macro: bool = False
    build_script: bool = False
    xtask: bool = False
    commits: int = 0
    failing_test: bool = False
    broken_crate: bool = False

    def __post_init__(self) -> None:
        if self.binaries < 0 or self.crates - self.binaries < 1:
            raise ValueError(
                "a tiny workspace needs at least one library: crates must exceed binaries"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyWorkspace:
    """A generated workspace; `libraries` from the root library on, `binaries` by package name."""

    root: Path
    spec: TinySpec
    libraries: tuple[str, ...]
    binaries: tuple[str, ...]


def generate(
    dest: Path, spec: TinySpec | None = None, *, env: Mapping[str, str] | None = None
) -> TinyWorkspace:
    """Write a tiny workspace into `dest` (made if it is not there). `env` is for git, when commits are asked for.

    The lock file is written too, so that `--locked --offline` works. Raises ValueError when commits are asked for
    without an environment.
    """
    spec = spec if spec is not None else TinySpec()
    count = spec.crates - spec.binaries
    libraries = tuple(f"lib{index}" for index in range(count))
    binaries = tuple(f"bin{index}" for index in range(spec.binaries))
    tiny = TinyWorkspace(root=dest, spec=spec, libraries=libraries, binaries=binaries)
    for path, content in _files(tiny).items():
        target = dest / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    if spec.commits:
        if env is None:
            raise ValueError("commits need an environment to run git in")
        _commit(tiny, env)
    return tiny


def library_value(tiny: TinyWorkspace, index: int, steps: Mapping[str, int] | None = None) -> int:
    """Return what `value()` of library `index` is: its step plus the values of those that it depends on.

    `steps` names the libraries whose step was edited; the others add 1.
    """
    changed = dict(steps or {})
    below = sum(library_value(tiny, other, steps) for other in dependencies(tiny.spec, index))
    return changed.get(f"lib{index}", 1) + below


def printed_value(tiny: TinyWorkspace, steps: Mapping[str, int] | None = None) -> str:
    """Return the line that every binary prints."""
    return f"value={library_value(tiny, len(tiny.libraries) - 1, steps)}"


def edit_step(tiny: TinyWorkspace, library: str, step: int) -> Path:
    """Change what a library's function body adds; `printed_value(tiny, {library: step})` foretells the output.

    Returns the edited file. The library's own unit test goes on passing.
    """
    if library not in tiny.libraries:
        raise ValueError(f"{library} is not one of {', '.join(tiny.libraries)}")
    path = tiny.root / "crates" / library / "src" / "lib.rs"
    path.write_text(_library_source(tiny, library, step=step), encoding="utf-8")
    return path


def dependencies(spec: TinySpec, index: int) -> tuple[int, ...]:
    """Return the libraries that library `index` depends on."""
    match spec.shape:
        case Shape.CHAIN:
            return (index - 1,) if index else ()
        case Shape.FAN:
            return (0,) if index else ()
        case Shape.LAYERS:
            layer = index // 2
            return (2 * layer - 2, 2 * layer - 1) if layer else ()


def _files(tiny: TinyWorkspace) -> dict[str, str]:
    spec = tiny.spec
    members = [*tiny.libraries, *tiny.binaries, *(["tinymacro"] if spec.proc_macro else [])]
    files = {
        "Cargo.toml": tiny_sources.root_manifest(members, excluded=_excluded(spec)),
        ".gitignore": "target\n",
    }
    locked: dict[str, Sequence[str]] = {}
    for index, library in enumerate(tiny.libraries):
        uses = _uses(spec, index)
        locked[library] = [*uses]
        home = f"crates/{library}"
        script = spec.build_script and index == 0
        files[f"{home}/Cargo.toml"] = tiny_sources.package_manifest(
            library, {name: _path_to(name) for name in uses}
        )
        files[f"{home}/src/lib.rs"] = _library_source(tiny, library, step=1)
        if script:
            files[f"{home}/build.rs"] = tiny_sources.BUILD_SCRIPT
    last = tiny.libraries[-1]
    for binary in tiny.binaries:
        locked[binary] = [last]
        files[f"crates/{binary}/Cargo.toml"] = tiny_sources.package_manifest(
            binary, {last: f"../{last}"}
        )
        files[f"crates/{binary}/src/main.rs"] = tiny_sources.binary(last)
    if spec.proc_macro:
        locked["tinymacro"] = []
        files["crates/tinymacro/Cargo.toml"] = tiny_sources.package_manifest(
            "tinymacro", {}, proc_macro=True
        )
        files["crates/tinymacro/src/lib.rs"] = tiny_sources.PROC_MACRO
    if spec.xtask:
        locked["shared"] = []
        files |= tiny_sources.xtask()
    files["Cargo.lock"] = tiny_sources.lock(locked)
    return files


def _excluded(spec: TinySpec) -> list[str]:
    return ["shared", "xtask"] if spec.xtask else []


def _uses(spec: TinySpec, index: int) -> list[str]:
    """The packages that library `index` depends on, by name."""
    names = [f"lib{other}" for other in dependencies(spec, index)]
    if index == 0:
        names += ["shared"] if spec.xtask else []
        names += ["tinymacro"] if spec.proc_macro else []
    return sorted(names)


def _path_to(name: str) -> str:
    return "../../shared" if name == "shared" else f"../{name}"


def _library_source(tiny: TinyWorkspace, library: str, *, step: int) -> str:
    spec = tiny.spec
    index = tiny.libraries.index(library)
    last = library == tiny.libraries[-1]
    return tiny_sources.library(
        step=step,
        dependencies=[f"lib{other}" for other in dependencies(spec, index)],
        macro=spec.proc_macro and index == 0,
        script=spec.build_script and index == 0,
        shared=spec.xtask and index == 0,
        tests=spec.unit_tests,
        failing=spec.failing_test and last,
        broken=spec.broken_crate and last,
    )


def _commit(tiny: TinyWorkspace, env: Mapping[str, str]) -> None:
    """Commit the work tree; each further commit leaves a line in a file that no build reads."""
    repository.create(tiny.root, env=env)
    repository.commit(tiny.root, "A tiny workspace", date=_date(0), env=env)
    for number in range(1, tiny.spec.commits):
        with (tiny.root / "NOTES.md").open("a", encoding="utf-8") as notes:
            notes.write(f"- note {number}\n")
        repository.commit(tiny.root, f"Note {number}", date=_date(number), env=env)


def _date(number: int) -> str:
    return f"2026-01-{1 + number % 28:02}T12:00:00+00:00"
