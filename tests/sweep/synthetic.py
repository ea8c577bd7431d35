"""Target directories written by hand, in cargo 1.95's layout: thousands of them in seconds, or one of any size.

What cargo-hone reads of a unit is there as cargo writes it (the fingerprint's hash and JSON, outputs, dep-info, a
build script's directory); the outputs themselves hold nothing that a linker could use.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by cargo.\n"
)
EARLY_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One edge: what stands in `deps` of the fingerprint's JSON."""

    package_id: int
    name: str
    fingerprint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeUnit:
    """One unit. `endings` are those of its outputs in deps/, `output_bytes` what each of them holds."""

    package: str
    number: int
    """Its hash in directory names; its fingerprint is `fingerprint`."""
    file: str = ""
    """The fingerprint's file name; a library's if empty."""
    needs: Sequence["FakeUnit"] = ()
    endings: Sequence[str] = (".rlib", ".rmeta", ".d")
    output_bytes: int = 64
    source: str = ""
    """A source file for the dep-info; a member's if empty."""
    profile_hash: int = 7
    features: str = "[]"
    has_build_directory: bool = False
    at_ns: int = EARLY_NS

    @property
    def hash(self) -> str:
        return f"{self.number:016x}"

    @property
    def fingerprint(self) -> int:
        return self.number ^ 0x5555555555555555

    @property
    def directory(self) -> str:
        return f"{self.package}-{self.hash}"

    @property
    def name(self) -> str:
        return self.file or f"lib-{self.package}"

    def text(self) -> str:
        """The fingerprint's JSON."""
        return json.dumps(
            {
                "rustc": 11,
                "features": self.features,
                "declared_features": "[]",
                "target": _number(self.package) ^ 3,
                "profile": self.profile_hash,
                "path": _number(self.package) ^ _number(self.name),
                "deps": [
                    [_number(need.package), need.package, False, need.fingerprint]
                    for need in self.needs
                ],
                "local": [],
                "rustflags": [],
                "config": 13,
                "compile_kind": 0,
            }
        )


def _number(name: str) -> int:
    return int.from_bytes(name.encode()[-7:], "little")


@dataclass(slots=True, kw_only=True)
class FakeTarget:
    """A target directory with one profile."""

    root: Path
    profile_name: str = "debug"
    written: list[FakeUnit] = field(default_factory=list)

    @property
    def profile(self) -> Path:
        return self.root / self.profile_name

    def start(self) -> None:
        """Make the directories, cargo's marks and its lock file."""
        for name in (".fingerprint", "deps", "build", "incremental", "examples"):
            (self.profile / name).mkdir(parents=True)
        (self.root / "CACHEDIR.TAG").write_text(TAG)
        (self.root / ".rustc_info.json").write_text("{}")
        (self.profile / ".cargo-lock").touch()

    def add(self, unit: FakeUnit) -> None:
        """Write one unit; its files get its time, its fingerprint's JSON one second more."""
        directory = os.fspath(self.profile / ".fingerprint" / unit.directory)
        os.mkdir(directory)  # noqa: PTH102 (paths as text: half a million of them are written)
        _file(f"{directory}/{unit.name}", unit.fingerprint.to_bytes(8, "little").hex(), unit.at_ns)
        _file(f"{directory}/{unit.name}.json", unit.text(), unit.at_ns + 10**9)
        _file(f"{directory}/dep-{unit.name}", "x", unit.at_ns)
        _file(f"{directory}/invoked.timestamp", "invoked", unit.at_ns)
        os.utime(directory, ns=(unit.at_ns, unit.at_ns))
        deps = os.fspath(self.profile / "deps")
        for ending in unit.endings:
            prefix = "lib" if ending in {".rlib", ".rmeta"} else ""
            path = f"{deps}/{prefix}{unit.package}-{unit.hash}{ending}"
            if ending == ".d":
                source = unit.source or f"{unit.package}/src/lib.rs"
                _file(path, f"{deps}/lib{unit.package}-{unit.hash}.rmeta: {source}\n", unit.at_ns)
            else:
                _file(path, "o" * unit.output_bytes, unit.at_ns + 10**9)
        if unit.has_build_directory:
            build = self.profile / "build" / unit.directory
            (build / "out").mkdir(parents=True)
            _file(f"{build}/invoked.timestamp", "invoked", unit.at_ns)
            _file(f"{build}/output", "cargo:rerun-if-changed=build.rs\n", unit.at_ns)
            _file(f"{build}/out/made.rs", "pub const MADE: u32 = 1;\n", unit.at_ns)
        self.written.append(unit)

    def add_sessions(
        self, crate: str, times_us: Sequence[int], *, files: int = 2, suffix: str = "0abc"
    ) -> None:
        """Write an incremental directory with finished sessions of these times."""
        directory = self.profile / "incremental" / f"{crate}-{suffix}"
        for time_us in times_us:
            session = directory / f"s-{_base36(time_us)}-rand-fini"
            session.mkdir(parents=True)
            for number in range(files):
                _file(f"{session}/{number}.o", "o", time_us * 1000)
            (directory / f"s-{_base36(time_us)}-rand.lock").touch()


def _file(path: str, text: str, at_ns: int) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)
    os.utime(path, ns=(at_ns, at_ns))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
