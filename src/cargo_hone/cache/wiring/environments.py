"""The environments that builds of a workspace have: here, in its pipelines and containers, in an editor."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.scope import KEY, Surroundings, config_file
from cargo_hone.cache.wiring.declared import Declared
from cargo_hone.workspace import pipeline
from cargo_hone.workspace.configuration import cargo_home

EDITOR = "rust-analyzer"
CHECKOUT = "checkout"
# What a session gives to every program of it, without a shell's profile.
_OF_THE_SESSION = (
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
)
_PLAIN_PATH = "/usr/local/bin:/usr/bin:/bin"
# Of a declared environment this stays away: places that are not here, and storages that are not to be touched.
_ELSEWHERE = {"HOME", "PATH", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "TMPDIR"}
_SIZE = "SCCACHE_CACHE_SIZE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment that a build can be started in on this machine.

    `cwd` is where cargo is started: its configuration counts. `foreign` stands for another machine: home, cargo
    home and server are private ones below that directory, and sccache is taken to be installed there.
    """

    name: str
    env: Mapping[str, str]
    cwd: Path
    cargo: str = "cargo"
    rustc: str = "rustc"
    command: str = "build"
    foreign: Path | None = None
    windows: bool = False
    notes: tuple[str, ...] = ()


def here(surroundings: Surroundings, cwd: Path) -> Environment:
    """This shell."""
    return Environment(name="here", env=surroundings.env, cwd=cwd)


def editor(surroundings: Surroundings, cwd: Path) -> Environment:
    """An editor that was started from the desktop: nothing of the shell's profile, and no PATH of the user's.

    rust-analyzer looks for cargo on PATH and then in the cargo home, and calls `cargo check`; rustup's cargo puts its
    own directory on PATH. Where sccache's server is, stays as it is in the shell: a second server on the same
    directory would do harm.
    """
    env = {name: surroundings.env[name] for name in _OF_THE_SESSION if name in surroundings.env}
    kept = {name: value for name, value in surroundings.env.items() if name.startswith("SCCACHE_")}
    notes = []
    if kept:
        names = ", ".join(sorted(kept))
        notes.append(
            f"set in this shell, perhaps not for an editor: {names}; without them it may use another server or store"
        )
    cargo = _tool("cargo", surroundings.env)
    return Environment(
        name=EDITOR,
        env={**env, **kept, "PATH": f"{Path(cargo).parent}:{_PLAIN_PATH}"},
        cwd=cwd,
        cargo=cargo,
        rustc=_tool("rustc", surroundings.env),
        command="check",
        notes=tuple(notes),
    )


@contextlib.contextmanager
def elsewhere(
    declared: Declared, surroundings: Surroundings, engine: EngineLocation
) -> Iterator[Environment]:
    """The environment of a pipeline or a container, on a machine with nothing but the repository and sccache.

    The repository's cargo configuration is copied without what lies above it here: cargo would read that too.
    """
    # Short: a socket's path may be 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        for directory in ("home", "cargo", "bin"):
            (place / directory).mkdir()
        (place / "bin" / "sccache").symlink_to(engine.path)
        own = surroundings.env
        home = Path(own.get("HOME", "~")).expanduser()
        env = {
            **{
                key: value
                for key, value in declared.env.items()
                if key not in _ELSEWHERE
                and not key.startswith("XDG_")
                and (not key.startswith("SCCACHE_") or key == _SIZE)
            },
            "PATH": f"{place / 'bin'}:{own.get('PATH', _PLAIN_PATH)}",
            "HOME": str(place / "home"),
            "CARGO_HOME": str(place / "cargo"),
            "RUSTUP_HOME": own.get("RUSTUP_HOME") or str(home / ".rustup"),
            "SCCACHE_SERVER_UDS": str(place / "s"),
        }
        wrapper = env.get("RUSTC_WRAPPER", "")
        if "/" in wrapper and Path(wrapper).name == "sccache":
            env["RUSTC_WRAPPER"] = "sccache"  # the path is one of that machine
        notes = (
            (f"not known here, so left out: {', '.join(declared.unknown)}",)
            if declared.unknown
            else ()
        )
        yield Environment(
            name=declared.name,
            env=env,
            cwd=_checkout(surroundings, place / CHECKOUT),
            foreign=place,
            windows=declared.windows,
            notes=notes,
        )


def _checkout(surroundings: Surroundings, place: Path) -> Path:
    """Copy what cargo reads of the repository's configuration, and return where the workspace would be."""
    root = surroundings.root
    place.mkdir()
    if root is None:
        return place
    top = pipeline.root_of(root)
    for directory in (root, *root.parents):
        if not directory.is_relative_to(top):
            break
        copy = place / directory.relative_to(top)
        copy.mkdir(parents=True, exist_ok=True)
        for name in ("rust-toolchain.toml", "rust-toolchain"):
            _copy(directory / name, copy / name)
        file = config_file(directory / ".cargo")
        _copy(file, copy / ".cargo" / file.name)
    for layer in surroundings.configuration.layers:
        wrapper = str(layer.value(*KEY) or "")
        if "/" in wrapper and layer.base.is_relative_to(top):
            source = layer.base / wrapper
            if source.is_relative_to(top):
                _copy(source, place / source.relative_to(top))
    return place / root.relative_to(top)


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _tool(name: str, env: Mapping[str, str]) -> str:
    own = cargo_home(env) / "bin" / name
    return str(own) if own.is_file() else shutil.which(name, path=env.get("PATH", "")) or name
