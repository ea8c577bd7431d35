"""Proc macros that may see the path or read files, told by their sources."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cargo_hone.cargo.metadata import Metadata, Package, Target
from cargo_hone.snapshot.macros import Macros, unsafe_macros

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def look(
    tmp_path: Path,
    sources: Mapping[str, str],
    *,
    needs: Mapping[str, frozenset[str]] | None = None,
    harmless: tuple[str, ...] = (),
) -> Macros:
    packages: dict[str, Package] = {}
    for name, text in sources.items():
        path = tmp_path / name / "src" / "lib.rs"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        kind = "proc-macro" if name.startswith("mac") else "lib"
        packages[name] = Package(
            id=name,
            name=name,
            version="1.0.0",
            manifest_path=tmp_path / name / "Cargo.toml",
            source=REGISTRY,
            targets=(Target(name=name, kinds=(kind,), src_path=path),),
        )
    return unsafe_macros(
        Metadata(
            workspace_root=tmp_path,
            target_directory=tmp_path,
            build_directory=tmp_path,
            packages=packages,
            members=(),
            depends_on=needs or {},
        ),
        harmless=harmless,
    )


@pytest.mark.parametrize(
    ("text", "sees", "reads"),
    [
        ("fn a() { 1 + 1; }", False, False),
        ("// std::env::var\n/// std::fs::read\nfn a() {}", False, False),
        ("fn a() { std::env::var(X); }", True, False),
        ("use std::env as e; fn a() { e::var(X); }", True, False),
        ('fn a() { let x = "//"; std::env::var(X); }', True, False),
        ('fn a() { option_env!("X"); }', True, False),
        ("fn a() { std::env::current_dir(); }", True, False),
        ("fn a() { std::fs::read(X); }", True, True),
        ("use std::{fs as files}; fn a() { files::read(X); }", True, True),
        ("fn a() { File::open(X); }", True, True),
        ("fn a(p: &Path) { p.read_dir(); }", True, True),
        ("fn a(p: &Path) { p.exists(); }", True, True),
        ("fn a() { Span::call_site().local_file(); }", True, True),
        ("fn a() { std::process::Command::new(X); }", True, True),
        ('extern "C" { fn getenv(); }', True, True),
    ],
)
def test_what_gives_a_macro_away(tmp_path: Path, text: str, sees: bool, reads: bool) -> None:
    found = look(tmp_path, {"mac": text})
    assert (bool(found.seeing), bool(found.reading)) == (sees, reads)
    assert found.names == {"mac"}


def test_what_a_macro_is_built_from_counts(tmp_path: Path) -> None:
    sources = {"mac": "", "deep": "fn a() { std::fs::read(X); }", "mid": ""}
    needs = {"mac": frozenset({"mid"}), "mid": frozenset({"deep"})}
    found = look(tmp_path, sources, needs=needs)
    assert found.seeing == {"mac": "deep, which it uses, has `fs::` in its sources"}
    assert found.reading == {"mac"}


def test_the_plumbing_of_all_macros_only_hands_on(tmp_path: Path) -> None:
    sources = {"mac": "", "proc-macro2": 'pub fn local_file() {} option_env!("X")'}
    assert look(tmp_path, sources, needs={"mac": frozenset({"proc-macro2"})}).seeing == {}


def test_who_is_vouched_for_may_still_read_files(tmp_path: Path) -> None:
    found = look(tmp_path, {"mac": "fn a() { std::fs::read(X); }"}, harmless=("mac",))
    assert found.seeing == {}
    assert found.reading == {"mac"}
