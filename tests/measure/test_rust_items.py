"""What may be edited; rustc's own parser is the oracle where it can be asked."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.measure.rust_items import Function, Items, ModuleFile, read_items

REGISTRY = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry" / "src"


def _items(source: str) -> Items:
    items = read_items(source)
    assert isinstance(items, Items)
    return items


def _names(source: str) -> list[str]:
    return [function.name for function in _items(source).functions]


@pytest.mark.parametrize(
    "source",
    [
        "fn yes() {}",
        'pub(in crate::x) async unsafe extern "C" fn yes() -> u8 { 1 }',
        "impl<T> Trait for X<T> where T: A, { fn yes(&self) {} }",
        "trait T { fn no(); fn yes(&self) { } const C: u8 = { 3 }; type A = [u8; { 4 }]; }",
        "mod a { mod b { pub fn yes() {} } }",
        "fn yes() -> Foo<{ N }> where [(); { N }]: Sized { }",
        "fn yes<F: Fn(u8) -> Vec<Vec<u8>>>(f: F) -> impl Fn() -> u8 { || 1 }",
        "struct A<const N: usize = { 3 }>; enum B { C { d: u8 } } union U { a: u8 } fn yes() {}",
        "use a::{b, c}; static S: fn() = { || {} }; extern crate x; fn yes() {}",
        "thread_local! { fn no() {} } path::to::mac!(fn no() {}); mac![]; fn yes() {}",
        "macro_rules! m { () => { fn no() {} } } macro n($x:ident) { fn no() {} } fn yes() {}",
        '#[inline] #[doc = "fn no() {}"] #[allow(x)] fn yes() { fn inner() {} }',
        "#![cfg_attr(docs, feature(x))] #![allow(dead_code)] fn yes() {}",
        'unsafe extern "C" { fn no(); safe fn no2(); } fn yes() {}',
        "extern { fn no(); } fn yes() {}",
        "const X: u8 = 1; const _: () = { fn no() {} }; fn yes() {}",
        "; fn yes() {}",
        "default impl X { default fn yes() {} }",
        "unsafe auto trait A {} fn yes() {}",
    ],
)
def test_real_functions_are_found(source: str) -> None:
    assert _names(source) == ["yes"]


@pytest.mark.parametrize(
    "source",
    [
        "const fn no() {}",
        "pub const unsafe fn no() {}",
        "#[cfg(unix)] fn no() {}",
        "#[cfg_attr(unix, test)] fn no() {}",
        "#[test] fn no() {}",
        "#[tokio::test] async fn no() {}",
        "#[bench] fn no() {}",
        '#[unsafe(naked)] extern "C" fn no() {}',
        "#[cfg(test)] mod x { fn no() {} }",
        "mod tests { fn no() {} }",
        "#[cfg(unix)] impl X { fn no() {} }",
        "#![cfg(unix)] fn no() {}",
        "mod x { #![cfg(unix)] fn no() {} }",
        "fn no() { #![allow(unused)] }",
        "cfg_if::cfg_if! { if #[cfg(unix)] { fn no() {} } }",
        '// fn no() {}\n/* fn no() {} */ const S: &str = "fn no() {}";',
        'const S: &str = r#"" fn no() {}"#;',
        "@ fn after_something_that_is_not_an_item() {}",
        "",
    ],
)
def test_what_is_not_certainly_compiled_is_left_alone(source: str) -> None:
    assert _names(source) == []


@pytest.mark.parametrize(
    ("source", "generic"),
    [
        ("fn f() {}", False),
        ("fn f<'a>(x: &'a u8) {}", False),
        ("fn f<T>() {}", True),
        ("fn f<'a, T>() {}", True),
        ("fn f<const N: usize>() {}", True),
        ("fn f(x: impl Copy) {}", True),
        ("fn f<'a>(x: impl Fn(&'a u8)) {}", True),
        ("impl X { fn f(&self) {} }", False),
        ("impl<'a> X<'a> { fn f(&self) {} }", False),
        ("impl<T: Copy> X<T> { fn f(&self) {} }", True),
        ("trait T { fn f(&self) {} }", True),
    ],
)
def test_generic_functions_are_told_apart(source: str, generic: bool) -> None:
    assert [function.generic for function in _items(source).functions] == [generic]


def test_what_makes_a_function_less_welcome_is_noted() -> None:
    inline, main, plain = _items(
        "#[inline(always)] fn a() {} #[tokio::main] async fn main() {} #[must_use] fn b() {}"
    ).functions
    assert (inline.inline, inline.rewritten) == (True, False)
    assert (main.inline, main.rewritten) == (False, True)
    assert (plain.inline, plain.rewritten) == (False, False)
    (method,) = _items("#[async_trait] impl T for X { async fn f(&self) {} }").functions
    assert method.rewritten


def test_module_files_are_those_that_are_always_compiled() -> None:
    source = (
        'mod a; pub mod r#type; #[cfg(x)] mod no; #[path = "else/where.rs"] mod b;'
        "mod inner { mod c; } mod tests; #[macro_use] mod d;"
    )
    assert _items(source).modules == (
        ModuleFile(name="a", inside=(), path=None),
        ModuleFile(name="type", inside=(), path=None),
        ModuleFile(name="b", inside=(), path="else/where.rs"),
        ModuleFile(name="c", inside=("inner",), path=None),
        ModuleFile(name="d", inside=(), path=None),
    )


_decoys = st.sampled_from(
    [
        "// fn no() { \" '\n",
        "/* fn no() { /* } */ ' \" */",
        'const A: &str = "fn no() { \\" }";',
        'const B: &str = r##"fn no() { "# }"##;',
        "const C: char = '{';",
        "const D: u8 = b'\\'';",
        "macro_rules! m { ($($t:tt)*) => { fn no() {} } }",
        "m! { fn no() { } }",
        "m!(fn no() {});",
        "struct S<'a, T: 'a>(&'a T);",
        "impl<'a, T> S<'a, T> { const fn no() {} }",
        "#[cfg(any(test, doc))] fn no() {}",
        'extern "C" { fn no(); }',
        "enum E { A = 1 << 3, B { c: u8 } }",
        "type F = fn(u8) -> Result<(), ()>;",
        '#[doc = "{"] use std::{fmt, io::{self, Read}};',
    ]
)


@given(st.lists(_decoys), st.lists(_decoys))
def test_only_the_function_is_found_among_decoys(before: list[str], after: list[str]) -> None:
    head = "".join(f"{decoy}\n" for decoy in before)
    source = head + "fn yes() -> u8 { 1 }" + "".join(f"\n{decoy}" for decoy in after)
    (function,) = _items(source).functions
    assert function.name == "yes"
    assert function.offset == len(head) + len("fn yes() -> u8 {")


@pytest.mark.parametrize("depth", [10, 2000])
def test_no_depth_is_too_deep(depth: int) -> None:
    assert isinstance(read_items("mod a {" * depth + "fn f() {}" + "}" * depth), Items)


def _parses(source: str, directory: Path) -> bool:
    path = directory / "parsed.rs"
    path.write_bytes(source.encode())
    argv = ["rustc", "-Zparse-crate-root-only", "--edition=2021", str(path)]
    env = {**os.environ, "RUSTC_BOOTSTRAP": "1"}  # only rustc sees it, and only its parser runs
    return subprocess.run(argv, env=env, capture_output=True, check=False).returncode == 0


def _inserted(source: str, functions: tuple[Function, ...], text: str) -> str:
    for function in sorted(functions, key=lambda f: -f.offset):
        source = source[: function.offset] + text + source[function.offset :]
    return source


def _corpus(count: int) -> list[Path]:
    """The first files of `count` packages, of a size that keeps the test short."""
    found = []
    for package in sorted(REGISTRY.glob("*/*")):
        files = [f for f in sorted(package.glob("src/**/*.rs")) if 2000 < f.stat().st_size < 60_000]
        found += files[-1:]
    return found[:: max(1, len(found) // count)][:count]


def test_on_published_crates_every_insertion_is_a_statement(tmp_path: Path) -> None:
    """A good statement everywhere still parses; a bad one anywhere does not (it would in a string or a macro)."""
    corpus = _corpus(40)
    if not corpus:
        pytest.skip("no package sources in the cargo home")
    tried = 0
    for path in corpus:
        source = path.read_bytes().decode()
        functions = _items(source).functions
        if not functions or not _parses(source, tmp_path):
            continue
        tried += 1
        assert _parses(_inserted(source, functions, " let _a = 1_u64;"), tmp_path), path
        for function in (functions[0], functions[-1]):
            assert not _parses(_inserted(source, (function,), " let let;"), tmp_path), path
    assert tried > 0
