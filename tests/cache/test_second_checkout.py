"""What another checkout gets from the cache, with the real cargo and sccache: each unit, and the reason of each miss.

The registry is a directory of sources (cargo's `[source]` replacement), so that nothing is downloaded and the packages
compile as those of crates.io do.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cargo_hone.cache.call_log import Result
from cargo_hone.cache.miss_reasons import Cause
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.second_checkout import SecondCheckout, compare
from cargo_hone.proc import clean_environment

WRITES_OUT_DIR = """\
fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), "pub const MADE: u32 = 1;").unwrap();
}
"""
INCLUDES = 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n'
COMPILES_C = """\
use std::{env, process::Command};
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.h"), "#define THREE 3").unwrap();
    for name in ["three", "two"] {
        let object = format!("{out}/{name}.o");
        let mut cc = Command::new(env::var("RUSTC_WRAPPER").unwrap());
        cc.args(["cc", "-c", &format!("{name}.c"), "-o", &object]).arg(format!("-I{out}"));
        assert!(cc.status().unwrap().success());
        let mut ar = Command::new("ar");
        assert!(ar.args(["crsD", &format!("{out}/libthree.a"), &object]).status().unwrap().success());
    }
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo::rustc-link-lib=static=three");
}
"""
CALLS_C = 'extern "C" { fn three() -> i32; }\npub fn call() -> i32 { unsafe { three() } }\n'


def package(registry: Path, name: str, source: str, *uses: str, **more: str) -> None:
    """A package of the registry; `more` are further files, `__` for a dot, and `lib` for `[lib]`'s keys."""
    home = registry / f"{name}-1.0.0"
    (home / "src").mkdir(parents=True)
    (home / "src/lib.rs").write_text(source)
    listed = "".join(f'{other} = "1.0.0"\n' for other in uses)
    (home / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
        f"[lib]\n{more.pop('lib', '')}\n[dependencies]\n{listed}"
    )
    for file, text in more.items():
        (home / file.replace("__", ".")).write_text(text)
    (home / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": None}))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> SecondCheckout:
    base = tmp_path_factory.mktemp("second")
    registry = base / "registry"
    package(registry, "plain", "pub fn plain() -> u32 { 1 }\n")
    package(registry, "stands-on-plain", "pub use plain::plain;\n", "plain")
    package(registry, "reads", INCLUDES, build__rs=WRITES_OUT_DIR)
    package(registry, "stands-on-reads", "pub const TWICE: u32 = reads::MADE * 2;\n", "reads")
    package(
        registry,
        "native",
        CALLS_C,
        build__rs=COMPILES_C,
        three__c='#include "made.h"\nint three() { return THREE; }\n',
        two__c="int two() { return 2; }\n",
    )
    package(
        registry,
        "makes",
        "#[proc_macro]\npub fn nothing(i: proc_macro::TokenStream) -> proc_macro::TokenStream { i }\n",
        lib="proc-macro = true",
    )
    cargo_home = base / "cargo-home"
    cargo_home.mkdir()
    (cargo_home / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "here"\n'
        f'[source.here]\ndirectory = "{registry}"\n[net]\noffline = true\n'
    )
    workspace = base / "workspace"
    (workspace / "src").mkdir(parents=True)
    names = ["plain", "stands-on-plain", "reads", "stands-on-reads", "native", "makes"]
    (workspace / "Cargo.toml").write_text(
        '[package]\nname = "own"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n'
        + "".join(f'{name} = "1.0.0"\n' for name in names)
    )
    (workspace / "src/lib.rs").write_text("pub fn own() -> u32 { plain::plain() }\n")
    (workspace / "src/main.rs").write_text('fn main() { println!("{}", own::own()); }\n')
    env = clean_environment(dict(os.environ)) | {"CARGO_HOME": str(cargo_home)}
    env.setdefault("RUSTUP_HOME", _rustup_home())
    engine = Sccache().locate(os.environ)
    assert engine is not None
    place = base / "place"
    place.mkdir()
    found = compare(workspace, place=place, engine=engine.path, env=env)
    assert sorted(path.name for path in place.iterdir()) == ["first.log", "second.log"]
    return found


def _rustup_home() -> str:
    shown = subprocess.run(
        ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return str(Path(shown).parents[1])


def unit(seen: SecondCheckout, crate: str) -> tuple[Result, dict[Cause, tuple[str, ...]], str]:
    (found,) = [one for one in seen.units if one.unit.rpartition("-")[0] == crate]
    return found.result, {reason.cause: reason.what for reason in found.reasons}, found.why


def test_what_reads_no_path_hits(seen: SecondCheckout) -> None:
    assert unit(seen, "plain") == (Result.HIT, {}, "")
    assert unit(seen, "stands_on_plain") == (Result.HIT, {}, "")


def test_what_reads_out_dir_misses_and_so_does_what_stands_on_it(seen: SecondCheckout) -> None:
    result, why, _ = unit(seen, "reads")
    assert (result, why) == (Result.MISS, {Cause.ENVIRONMENT: ("OUT_DIR",)})
    result, why, _ = unit(seen, "stands_on_reads")
    assert result is Result.MISS
    assert [*why] == [Cause.DEPENDENCY]
    (dependency,) = why[Cause.DEPENDENCY]
    assert dependency.startswith("reads-")


def test_c_objects_miss_where_a_header_lies_in_the_target_directory(seen: SecondCheckout) -> None:
    objects = {Path(one.unit).name: one for one in seen.units if not one.is_rust}
    assert {one.package for one in objects.values()} == {"native"}
    assert objects["two.o"].result is Result.HIT
    assert objects["three.o"].result is Result.MISS
    assert [reason.cause for reason in objects["three.o"].reasons] == [Cause.PREPROCESSED]
    # Without debug information the object has the same bytes all the same.
    assert unit(seen, "native") == (Result.HIT, {}, "")


def test_what_links_is_not_cacheable(seen: SecondCheckout) -> None:
    assert unit(seen, "makes") == (Result.NOT_CACHEABLE, {}, "crate-type, proc-macro")
    scripts = [one for one in seen.units if one.unit.startswith("build_script_build")]
    assert {one.package for one in scripts} == {"reads 1.0.0", "native 1.0.0"}
    assert {one.result for one in scripts} == {Result.NOT_CACHEABLE}


def test_the_share_counts_what_could_be_cached(seen: SecondCheckout) -> None:
    # plain, stands-on-plain, native and two.o of seven; reads, stands-on-reads and three.o are the others.
    assert (seen.hits, seen.cacheable, seen.share) == (4, 7, 4 / 7)
    assert len(seen.missed) == 3
    assert Cause.UNEXPLAINED not in seen.causes()


def test_the_workspaces_own_units_are_counted_only(seen: SecondCheckout) -> None:
    assert seen.others == 2
    assert not [one for one in seen.units if one.package.startswith("own")]
