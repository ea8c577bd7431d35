"""Under another path, with the first checkout gone: all that saw the path behaves as in a clean build."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cargo_hone.snapshot.store import Store
from tests.snapshot.conftest import Checkout, committed

NAMED = '[package]\nname = "{0}"\nversion = "0.1.0"\nedition = "2021"\n'
SILENT = "fn main() {}\n"
WATCHING = 'println!("cargo:rerun-if-changed=build.rs");'

VENDORED = {
    # No use of the path at all.
    "plain": {"src/lib.rs": "pub fn plain() -> u32 { 1 }\n"},
    # Its own directory lies outside of every checkout.
    "homely": {"src/lib.rs": 'pub const HOME: &str = env!("CARGO_MANIFEST_DIR");\n'},
    "including": {
        "build.rs": f'fn main() {{ {WATCHING} let out = std::env::var("OUT_DIR").unwrap();'
        ' std::fs::write(out + "/made.rs", "pub const MADE: u32 = 7;").unwrap(); }\n',
        "src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n',
    },
    "keeping": {
        "build.rs": f"fn main() {{ {WATCHING} }}\n",
        "src/lib.rs": 'pub const OUT: &str = env!("OUT_DIR");\n',
    },
    "computing": {
        "build.rs": f"fn main() {{ {WATCHING} }}\n",
        "src/lib.rs": "macro_rules! var { ($name:literal) => { env!($name) } }\n"
        'pub const OUT: &str = var!("OUT_DIR");\n'
        'pub const MINE: &str = include_str!(concat!(env!("OUT_DIR"), "/../output"));\n',
    },
    "writing": {
        "build.rs": f'fn main() {{ {WATCHING} let out = std::env::var("OUT_DIR").unwrap();'
        ' std::fs::write(format!("{out}/made.rs"), format!("pub const OUT: &str = {out:?};")).unwrap(); }\n',
        "src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n',
    },
    "above": {
        "Cargo.toml": '[dependencies]\nkeeping = "0.1"\n',
        "src/lib.rs": "pub fn out() -> &'static str { keeping::OUT }\n",
    },
    "linking": {
        "build.rs": f"""fn main() {{ {WATCHING}
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{{out}}/a.c"), "int answer(void) {{ return 42; }}").unwrap();
    let run = |argv: &[&str]| {{
        let mut command = std::process::Command::new(argv[0]);
        assert!(command.args(&argv[1..]).current_dir(&out).status().unwrap().success());
    }};
    run(&["cc", "-c", "a.c", "-o", "a.o"]);
    run(&["ar", "crs", "libanswer.a", "a.o"]);
    println!("cargo:rustc-link-search=native={{out}}");
    println!("cargo:rustc-link-lib=static=answer");
}}
""",
        "src/lib.rs": 'extern "C" { pub fn answer() -> i32; }\n',
    },
}
FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["app", "mac", "facade", "user", "free"]\nresolver = "2"\n'
    "[profile.dev]\ndebug = 0\n",
    ".gitignore": "target\n",
    "mac/Cargo.toml": NAMED.format("mac") + "[lib]\nproc-macro = true\n",
    "mac/src/lib.rs": """use proc_macro::TokenStream;
#[proc_macro] pub fn here(_: TokenStream) -> TokenStream {
    format!("{:?}", std::env::var("CARGO_MANIFEST_DIR").unwrap()).parse().unwrap()
}
""",
    "facade/Cargo.toml": NAMED.format("facade") + '[dependencies]\nmac = { path = "../mac" }\n',
    "facade/src/lib.rs": "pub use mac::here;\n",
    # Sees the path through a macro of another crate's, and in no other way.
    "user/Cargo.toml": NAMED.format("user") + '[dependencies]\nfacade = { path = "../facade" }\n',
    "user/src/lib.rs": "pub const SEEN: &str = facade::here!();\n",
    "free/Cargo.toml": NAMED.format("free"),
    "free/build.rs": 'fn main() { let out = std::env::var("OUT_DIR").unwrap();'
    ' let data = std::fs::read_to_string("data.txt").unwrap();'
    ' std::fs::write(out + "/data.txt", data).unwrap(); }\n',
    "free/data.txt": "free",
    "free/src/lib.rs": 'pub const DATA: &str = include_str!(concat!(env!("OUT_DIR"), "/data.txt"));\n',
    "app/Cargo.toml": NAMED.format("app")
    + '[dependencies]\nfacade = { path = "../facade" }\nfree = { path = "../free" }\nuser = { path = "../user" }\n'
    + "".join(f'{name} = "0.1"\n' for name in VENDORED),
    "app/build.rs": f"""fn main() {{ {WATCHING}
    let (out, dir) = (std::env::var("OUT_DIR").unwrap(), std::env::var("CARGO_MANIFEST_DIR").unwrap());
    std::fs::write(format!("{{out}}/dir.txt"), &dir).unwrap();
    println!("cargo:rustc-env=BUILT_IN={{dir}}");
    println!("cargo:rustc-link-search=native={{dir}}/native");
}}
""",
    "app/src/main.rs": """fn main() {
    println!("dir {}", env!("CARGO_MANIFEST_DIR"));
    println!("macro {} {}", facade::here!(), user::SEEN);
    println!("file {}", include_str!(concat!(env!("OUT_DIR"), "/dir.txt")));
    println!("variable {}", env!("BUILT_IN"));
    println!("free {}", free::DATA);
    println!("plain {} {}", plain::plain(), including::MADE);
    println!("home {}", homely::HOME);
    println!("answer {}", unsafe { linking::answer() });
    for path in [keeping::OUT, above::out(), computing::OUT, writing::OUT] { println!("out {path}"); }
}
""",
    "app/tests/runs.rs": """#[test] fn it_runs_this_one() {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_app")).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with(&format!("dir {}\\n", std::env::var("CARGO_MANIFEST_DIR").unwrap())));
}
""",
}
BUILD = ("test", "--workspace", "--no-run")


@pytest.fixture
def environ(tmp_path: Path, environ: dict[str, str]) -> dict[str, str]:
    """With a cargo home of its own, where the registry is a directory."""
    for name, files in VENDORED.items():
        head = NAMED.format(name)
        for path, text in (
            {"Cargo.toml": "", ".cargo-checksum.json": '{"files":{}}'} | files
        ).items():
            place = tmp_path / "registry" / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(head + text if path == "Cargo.toml" else text)
    home = tmp_path / "cargo-home"
    home.mkdir()
    (home / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "here"\n'
        f'[source.here]\ndirectory = "{tmp_path}/registry"\n'
    )
    return environ | {"CARGO_HOME": str(home)}


@pytest.fixture
def first(tmp_path: Path, environ: dict[str, str]) -> Checkout:
    made = committed(tmp_path / "first" / "checkout", environ, FILES)
    made.cargo(*BUILD)
    return made


def said(checkout: Checkout) -> list[str]:
    program = checkout.root / "target" / "debug" / "app"
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    # The hash of a unit is no path.
    return re.sub(r"-[0-9a-f]{16}/", "-HASH/", text).splitlines()


def test_whatever_saw_the_path_is_as_in_a_clean_build(
    first: Checkout, store: Store, tmp_path: Path
) -> None:
    first.save(store)
    other = first.clone(tmp_path / "second" / "place")
    clean = first.clone(tmp_path / "clean")
    done = other.restore(store)
    shutil.rmtree(first.root.parent)
    compiled = other.compiled(*BUILD)
    other.cargo("test", "--workspace")
    clean.cargo(*BUILD)
    assert said(other) == [line.replace(str(clean.root), str(other.root)) for line in said(clean)]
    assert f"dir {other.root}/app" in said(other)
    # Of what comes from the registry, only what cannot be shown to be harmless, and what stands on it.
    assert compiled == {"keeping", "computing", "writing", "above", "app", "facade", "user"}
    reasons = {one.package: one.reason for one in done.left_out}
    assert reasons.keys() == {"keeping", "computing", "writing", "app", "facade", "user"}
    assert "OUT_DIR" in reasons["keeping"]
    assert "computed" in reasons["computing"]
    assert "made.rs" in reasons["writing"]
    assert {one.package for one in done.to_compile} == compiled


def test_the_same_path_compiles_nothing_of_it(first: Checkout, store: Store) -> None:
    first.save(store)
    shutil.rmtree(first.root / "target")
    done = first.restore(store)
    assert done.to_compile == ()
    assert first.compiled(*BUILD) == set()
