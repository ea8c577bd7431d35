import subprocess
from pathlib import Path

import pytest

from cargo_hone.measure.rust_modules import walk_modules
from cargo_hone.measure.source_edit import (
    PROBE_TEXT,
    EditSite,
    NoSite,
    Reaction,
    candidates,
    choose,
)

from .workspaces import write_files

BODY = 'let a = 1; let b = 2; let c = 3; println!("{}", a + b + c);'


def _rustc(source: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    argv = ["rustc", "--crate-type=lib", "--out-dir", str(source.parent), *flags, str(source)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_modules_are_found_as_rustc_finds_them(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "lib.rs": "mod a; mod b; mod inline { mod deep; } mod missing; #[cfg(x)] mod no;\n"
            '#[path = "odd/file.rs"] mod c; const S: &str = "mod no;";',
            "a.rs": "mod below;",
            "a/below.rs": "fn f() {}",
            "b/mod.rs": "mod beside;",
            "b/beside.rs": "fn f() {}",
            "inline/deep.rs": "fn f() {}",
            "odd/file.rs": "mod near;",
            "odd/near.rs": "fn f() {}",
            "no.rs": "fn f() {}",
        },
    )
    found = [
        source.path.relative_to(tmp_path).as_posix() for source in walk_modules(tmp_path / "lib.rs")
    ]
    assert sorted(found) == sorted(
        [
            *("lib.rs", "a.rs", "a/below.rs", "b/mod.rs", "b/beside.rs"),
            *("inline/deep.rs", "odd/file.rs", "odd/near.rs"),
        ]
    )


def test_a_walk_in_a_circle_ends(tmp_path: Path) -> None:
    write_files(tmp_path, {"lib.rs": '#[path = "lib.rs"] mod again;'})
    assert len(walk_modules(tmp_path / "lib.rs")) == 1


def test_plain_functions_in_files_of_middle_size_come_first(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "lib.rs": "mod tiny; mod middling; mod huge; mod generic;",
            "tiny.rs": f"fn t() {{ {BODY} }}",
            "middling.rs": f"fn short() {{}}\nfn long() {{ {BODY} {BODY} }}\n#[inline] fn i() {{ {BODY * 3} }}",
            "huge.rs": f"fn h() {{ {BODY} }}" + "\n// filler" * 500,
            "generic.rs": f"fn g<T>() {{ {BODY} }}" + "\n// as middling",
        },
    )
    sites = candidates([tmp_path / "lib.rs"], within=tmp_path)
    assert [(site.path.stem, site.function) for site in sites] == [
        ("middling", "long"),
        ("tiny", "t"),
        ("huge", "h"),
        ("generic", "g"),
    ]


def test_nothing_outside_is_touched(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "in/lib.rs": '#[path = "../out/x.rs"] mod x; mod link; mod taken;',
            "in/taken.rs": f"fn f() {{ {BODY} }}",
            "out/x.rs": f"fn f() {{ {BODY} }}",
        },
    )
    (tmp_path / "in/link.rs").symlink_to(tmp_path / "out/x.rs")
    root = tmp_path / "in"
    assert [s.path.name for s in candidates([root / "lib.rs"], within=root)] == ["taken.rs"]
    assert candidates([root / "lib.rs"], within=root, avoid=[root / "taken.rs"]) == ()


def test_of_several_binaries_each_gets_its_chance(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{n}.rs": f"mod m{n}; fn main() {{}}" for n in range(3)})
    write_files(tmp_path, {f"m{n}.rs": f"fn f() {{ {BODY} }}" for n in range(3)})
    sites = candidates([tmp_path / f"{n}.rs" for n in range(3)], within=tmp_path)
    assert [site.path.name for site in sites] == [
        *("m0.rs", "0.rs", "m1.rs", "1.rs", "m2.rs", "2.rs"),
    ]


def _site(path: Path) -> EditSite:
    (site,) = candidates([path], within=path.parent)
    return site


def test_an_edit_is_one_statement_on_the_line_of_the_brace_and_is_undone_unseen(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lib.rs"
    original = "\ufeffpub fn größe() {\r\n    let x = 1;\r\n}\r\n".encode()
    path.write_bytes(original)
    before = path.stat()
    site = _site(path)
    site.edit(1)
    first = path.read_bytes()
    site.edit(2)
    second = path.read_bytes()
    assert len({original, first, second}) == 3
    assert first.split(b"\r\n")[1:] == original.split(b"\r\n")[1:]
    assert path.stat().st_mtime_ns > before.st_mtime_ns
    site.restore()
    assert path.read_bytes() == original
    assert path.stat().st_mtime_ns == before.st_mtime_ns


STRICT = (
    "#![deny(warnings, unused, trivial_casts, trivial_numeric_casts, unused_results, missing_docs,"
    " unused_qualifications, future_incompatible, nonstandard_style, let_underscore_drop)]\n"
    "#![forbid(unsafe_code)]\n//! d\n"
)


@pytest.mark.parametrize("edition", ["2015", "2018", "2021", "2024"])
@pytest.mark.parametrize(
    "source",
    [
        f"{STRICT}#![no_std]\n/// d\npub fn f(x: u32) -> u32 {{ x + 1 }}\n",
        f"{STRICT}#![no_std]\n/// d\npub fn f() -> ! {{ loop {{}} }}\n",
        f"{STRICT}mod core {{}}\n/// d\npub fn f() {{}}\n",
    ],
    ids=["no_std", "never", "own-core"],
)
def test_an_edited_function_compiles_under_strict_lints(
    tmp_path: Path, source: str, edition: str
) -> None:
    path = tmp_path / "lib.rs"
    path.write_text(source)
    _site(path).edit(2**64 - 1)
    done = _rustc(path, f"--edition={edition}", "--emit=metadata")
    assert done.returncode == 0, done.stderr


def test_an_edited_future_stays_send(tmp_path: Path) -> None:
    path = tmp_path / "lib.rs"
    path.write_text(
        "async fn g() {}\npub async fn f() { g().await; g().await }\n"
        "const fn s<T: Send>(_: &T) {}\npub const fn t<T: Send>(x: &T) { s(x) }\n"
        "macro_rules! check { () => { pub fn u() { t(&f()) } } } check!();\n"
    )
    _site(path).edit(7)
    done = _rustc(path, "--edition=2021", "--emit=metadata")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("level", ["0", "3"])
def test_each_edit_changes_what_is_compiled_even_optimised(tmp_path: Path, level: str) -> None:
    path = tmp_path / "lib.rs"
    path.write_text("pub fn f(x: u32) -> u32 { let y = x; y + 1 }\n")
    site = _site(path)
    outputs = set()
    for number in (1, 2):
        site.edit(number)
        assert _rustc(path, "--emit=mir", f"-Copt-level={level}").returncode == 0
        outputs.add((tmp_path / "lib.mir").read_bytes())
    assert len(outputs) == 2


def test_a_probe_is_what_rustc_complains_about(tmp_path: Path) -> None:
    path = tmp_path / "lib.rs"
    path.write_text("pub fn f() {}\n")
    path.write_bytes(_site(path).probed())
    done = _rustc(path, "--emit=metadata")
    assert done.returncode != 0
    assert PROBE_TEXT in done.stderr


def test_the_first_body_that_is_compiled_is_chosen_and_files_are_put_back(tmp_path: Path) -> None:
    sources = {
        "lib.rs": "mod a; mod b; mod c;",
        **{f"{name}.rs": f"fn {name}() {{ {BODY} }}" for name in "abc"},
    }
    write_files(tmp_path, sources)
    sites = candidates([tmp_path / "lib.rs"], within=tmp_path)
    seen = []

    def react(site: EditSite) -> Reaction:
        assert PROBE_TEXT in site.path.read_text()
        seen.append(site.function)
        return Reaction.COMPILED if len(seen) == 2 else Reaction.IGNORED

    assert choose(sites, react) == sites[1]
    assert seen == [site.function for site in sites[:2]]
    assert all((tmp_path / name).read_text() == text for name, text in sources.items())


def test_a_crate_whose_bodies_are_not_compiled_has_no_site_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "lib.rs"
    path.write_text("pub fn f() {}\n")
    sites = candidates([path], within=tmp_path)
    found = choose(sites, lambda _: Reaction.BROKEN)
    assert found == NoSite(why="lib.rs, fn f: the build failed for another reason")
    assert isinstance(choose((), lambda _: Reaction.COMPILED), NoSite)


def test_an_interrupted_probe_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lib.rs"
    path.write_text("pub fn f() {}\n")

    def interrupted(_: EditSite) -> Reaction:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        choose(candidates([path], within=tmp_path), interrupted)
    assert path.read_text() == "pub fn f() {}\n"
