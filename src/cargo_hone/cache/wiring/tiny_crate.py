"""A tiny crate that two packages in two directories use: the same compilation, from two builds.

It lies outside of both, so that cargo compiles it from its own directory both times: what differs is only where the
results go, which is in no key of sccache (0.16). cargo is started in the directory whose configuration is to hold: it
looks from there upwards, wherever the manifest is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.proc import Finished, run

NAME = "hone-probe"
_LIMIT_S = 300.0
_LIBRARY = """[package]
name = "hone-probe"
version = "0.0.0"
edition = "2021"

[workspace]
"""
_USER = """[package]
name = "user"
version = "0.0.0"
edition = "2021"

[dependencies]
hone-probe = { path = "../probe" }

[workspace]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyCrate:
    """The crate, and the two directories it is built from."""

    place: Path

    def build(
        self, user: str, *, cargo: str, command: str, cwd: Path, env: Mapping[str, str]
    ) -> Finished:
        """Compile the crate alone, for `one` or `two`; nothing is linked, and nothing fetched.

        sccache leaves incremental compilations alone, as cargo makes them of every path dependency: here they are off,
        by `--config`, since a `CARGO_*` variable would be part of sccache's key.
        """
        argv = [cargo, command, "--quiet", "--offline", "--package", NAME]
        argv += ["--manifest-path", str(self.place / user / "Cargo.toml")]
        argv += ["--target-dir", str(self.place / f"target-{user}")]
        argv += ["--config", "profile.dev.incremental=false"]
        return run(argv, cwd=cwd, env=env, timeout_s=_LIMIT_S)


def lay_out(place: Path) -> TinyCrate:
    """Write the three packages below `place`, a directory of our own."""
    sources = {
        "probe/Cargo.toml": _LIBRARY,
        "probe/src/lib.rs": "pub fn answer() -> u32 {\n    42\n}\n",
        "one/Cargo.toml": _USER,
        "one/src/lib.rs": "",
        "two/Cargo.toml": _USER,
        "two/src/lib.rs": "",
    }
    for name, text in sources.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return TinyCrate(place=place)
