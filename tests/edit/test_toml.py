"""TOML edits change only the bytes that must change, and nothing but what was meant."""

import tomllib
from pathlib import Path

import pytest

from cargo_hone.edit import toml_place
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.toml import RemoveKey, SetValue, apply_edits, remove_key, set_value
from cargo_hone.edit.toml_value import TomlValue

DEBUG = ("profile", "dev", "debug")

SET = {
    "an existing value": (b"a = 1 # why\n", ("a",), 2, b"a = 2 # why\n"),
    "odd spacing": (b"  a\t =   'x'  # y", ("a",), "z", b"  a\t =   'z'  # y"),
    "a string that a literal cannot hold": (b"a = 'x'\n", ("a",), "it's", b'a = "it\'s"\n'),
    "dotted at the top": (b"profile.dev.debug = 2\n", DEBUG, 0, b"profile.dev.debug = 0\n"),
    "dotted in a table": (b"[profile]\ndev.debug=2\n", DEBUG, 0, b"[profile]\ndev.debug=0\n"),
    "inline": (
        b"profile = { dev = { debug = 2 } }\n",
        DEBUG,
        "line-tables-only",
        b'profile = { dev = { debug = "line-tables-only" } }\n',
    ),
    "into an inline table": (
        b"profile = { dev = { lto = true }, x = 1 } # c\n",
        DEBUG,
        1,
        b"profile = { dev = { lto = true, debug = 1 }, x = 1 } # c\n",
    ),
    "into an empty inline table": (b"profile = {}\n", DEBUG, 1, b"profile = { dev.debug = 1 }\n"),
    "into a table, with its indentation": (
        b"[profile.dev]\n  lto=true # c\n\n# about x\n[x]\n",
        DEBUG,
        1,
        b"[profile.dev]\n  lto=true # c\n  debug=1\n\n# about x\n[x]\n",
    ),
    "into an empty table": (b"[profile.dev]\n[x]\n", DEBUG, 1, b"[profile.dev]\ndebug = 1\n[x]\n"),
    "beside dotted siblings": (
        b"profile.dev.lto = true\nz = 2\n[x]\n",
        DEBUG,
        1,
        b"profile.dev.lto = true\nprofile.dev.debug = 1\nz = 2\n[x]\n",
    ),
    "beside dotted cousins": (
        b"[profile]\nrelease.lto = true\nx = 1\n",
        ("profile", "release", "debug"),
        1,
        b"[profile]\nrelease.lto = true\nrelease.debug = 1\nx = 1\n",
    ),
    "a new table": (b"[a]\nb = 1\n", DEBUG, 1, b"[a]\nb = 1\n\n[profile.dev]\ndebug = 1\n"),
    "a new table without a final line end": (
        b"[a]\nb = 1",
        DEBUG,
        1,
        b"[a]\nb = 1\n\n[profile.dev]\ndebug = 1",
    ),
    "a new table before blank lines at the end": (
        b"a = 1\n\n\n",
        DEBUG,
        1,
        b"a = 1\n\n[profile.dev]\ndebug = 1\n\n\n",
    ),
    "a super-table that was only implied": (
        b"[profile.dev.package.x]\nlto = 1\n",
        DEBUG,
        1,
        b"[profile.dev.package.x]\nlto = 1\n\n[profile.dev]\ndebug = 1\n",
    ),
    "an empty file": (b"", DEBUG, 1, b"[profile.dev]\ndebug = 1\n"),
    "only comments": (b"# hi\n", DEBUG, 1, b"# hi\n\n[profile.dev]\ndebug = 1\n"),
    "only comments, a top key": (b"# hi\n", ("a",), 1, b"# hi\n\na = 1\n"),
    "a top key before the first header": (
        b"# licence\n\n# about p\n[p]\nx = 1\n",
        ("a",),
        1,
        b"# licence\n\na = 1\n\n# about p\n[p]\nx = 1\n",
    ),
    "CRLF": (
        b"[a]\r\nb = 1\r\n",
        DEBUG,
        1,
        b"[a]\r\nb = 1\r\n\r\n[profile.dev]\r\ndebug = 1\r\n",
    ),
    "a byte order mark": (b"\xef\xbb\xbfa = 1\n", ("a",), 2, b"\xef\xbb\xbfa = 2\n"),
    "quoted keys": (
        b'[profile.dev.package."*"]\nopt-level = 1\n',
        ("profile", "dev", "package", "*", "debug"),
        False,
        b'[profile.dev.package."*"]\nopt-level = 1\ndebug = false\n',
    ),
    "a new quoted key": (
        b"",
        ("target", 'cfg(target_os = "linux")', "linker"),
        "clang",
        b'[target."cfg(target_os = \\"linux\\")"]\nlinker = "clang"\n',
    ),
    "strings that look like headers": (
        b'a = """\n[profile.dev]\ndebug = 2\n"""\nb = \'\'\'\n[x]\'\'\'\n[profile.dev] # "\n',
        DEBUG,
        1,
        b'a = """\n[profile.dev]\ndebug = 2\n"""\nb = \'\'\'\n[x]\'\'\'\n[profile.dev] # "\ndebug = 1\n',
    ),
    "quotes at the end of long strings": (
        b'a = """x"""""\nb = \'\'\'y\'\'\'\'\nc = """"""\nd = 1\n',
        ("d",),
        2,
        b'a = """x"""""\nb = \'\'\'y\'\'\'\'\nc = """"""\nd = 2\n',
    ),
    "non-ASCII": (
        "# größer\n[ä]\n'ö' = 'ü' # é\n".replace("[ä]", '["ä"]').encode(),
        ("ä", "ö"),
        "日本",
        "# größer\n[\"ä\"]\n'ö' = '日本' # é\n".encode(),
    ),
    "after arrays of tables": (
        b"[[bin]]\nname = 'a'\n[bin.x]\ndebug = 1\n[[bin]]\nname = 'b'\n",
        ("package", "name"),
        "c",
        b"[[bin]]\nname = 'a'\n[bin.x]\ndebug = 1\n[[bin]]\nname = 'b'\n\n[package]\nname = \"c\"\n",
    ),
    "an array on one line": (b"a = [1, 2]#c\n", ("a",), [1, 2, 3], b"a = [1, 2, 3]#c\n"),
    "an empty array": (b"a = [ ]\n", ("a",), ["x"], b'a = ["x"]\n'),
    "all of an array": (b"a = [1, 2]\n", ("a",), [], b"a = []\n"),
    "an array over lines, comments stay": (
        b"a = [\n  'x', # one\n  # two\n  'y' # three\n] # four\n",
        ("a",),
        ["x", "y", "z"],
        b"a = [\n  'x', # one\n  # two\n  'y', # three\n  \"z\"\n] # four\n",
    ),
    "an element taken out, the others' comments stay": (
        b"a = [\n  'x', # one\n  'y', # two\n]\n",
        ("a",),
        ["y"],
        b"a = [\n  'y', # two\n]\n",
    ),
    "an element put in front": (
        b"a = [\n  'x', # one\n]\n",
        ("a",),
        ["w", "x"],
        b"a = [\n  \"w\",\n  'x', # one\n]\n",
    ),
    "a scalar that is a date": (b"a = 1979-05-27 07:32:00 # c\n", ("a",), 1, b"a = 1 # c\n"),
    "an inline table over lines (TOML 1.1)": (
        b"a = {\n  b = 1, # c\n}\n",
        ("a", "d"),
        2,
        b"a = {\n  b = 1, # c\n  d = 2,\n}\n",
    ),
}


@pytest.mark.parametrize(("source", "path", "value", "expected"), SET.values(), ids=SET)
def test_set(source: bytes, path: tuple[str, ...], value: TomlValue, expected: bytes) -> None:
    result = set_value(source, path, value)
    assert result == expected
    assert set_value(result, path, value) == result


REMOVE = {
    "a line with its comment": (b"a = 1 # c\nb = 2\n", ("a",), b"b = 2\n"),
    "a header without keys stays": (b"[a]\nb = 1\n", ("a", "b"), b"[a]\n"),
    "the last line, no final line end": (b"a = 1\nb = 2", ("b",), b"a = 1"),
    "dotted": (b"profile.dev.debug = 2\nx = 1\n", DEBUG, b"x = 1\n"),
    "inline, first": (b"a = { b = 1, c = 2 }\n", ("a", "b"), b"a = { c = 2 }\n"),
    "inline, last": (b"a = { b = 1, c = 2 }\n", ("a", "c"), b"a = { b = 1 }\n"),
    "inline, only": (b"a = { b = 1 }\n", ("a", "b"), b"a = {}\n"),
    "over several lines": (b"a = [\n # c\n 1\n]\nb = 1\n", ("a",), b"b = 1\n"),
    "missing": (b"a = 1\n", ("b", "c"), b"a = 1\n"),
}


@pytest.mark.parametrize(("source", "path", "expected"), REMOVE.values(), ids=REMOVE)
def test_remove(source: bytes, path: tuple[str, ...], expected: bytes) -> None:
    assert remove_key(source, path) == expected


REFUSED = {
    "not TOML": (b"a = = 1\n", ("a",)),
    "not UTF-8": (b"a = '\xff'\n", ("a",)),
    "through a scalar": (b"a = 1\n", ("a", "b")),
    "through an inline scalar": (b"a = { b = 1 }\n", ("a", "b", "c")),
    "through an array of tables": (b"[[a]]\nb = 1\n", ("a", "b")),
    "a table": (b"[a.b]\nc = 1\n", ("a", "b")),
    "a dotted table": (b"a.b.c = 1\n", ("a", "b")),
    "no key at all": (b"a = 1\n", ()),
}


@pytest.mark.parametrize(("source", "path"), REFUSED.values(), ids=REFUSED)
def test_refused(source: bytes, path: tuple[str, ...]) -> None:
    with pytest.raises(EditRefused) as refused:
        set_value(source, path, 7, name=".cargo/config.toml")
    assert ".cargo/config.toml" in refused.value.message
    assert refused.value.next_step


def test_an_edit_that_would_change_something_else_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(toml_place, "with_value", lambda *_, **__: "a = 2\nb = 3\n")
    with pytest.raises(EditRefused, match="something else"):
        set_value(b"a = 1\nb = 2\n", ("a",), 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x10", 16),
        ("1_000", 1000),
        ("'x'", "x"),
        ('"""x"""', "x"),
        ("1e1", 10.0),
        ("[1,2]", [1, 2]),
    ],
)
def test_the_same_value_changes_no_byte(text: str, value: TomlValue) -> None:
    source = f"a={text}#c".encode()
    assert set_value(source, ("a",), value) == source


def test_true_one_and_one_point_zero_are_three_values() -> None:
    assert set_value(b"a = 1", ("a",), True) == b"a = true"
    assert set_value(b"a = 1", ("a",), 1.0) == b"a = 1.0"


@pytest.mark.parametrize(
    "value",
    [float("inf"), float("nan"), -0.0, 1e300, 'q"\\\t\x7f\n', [[1], ["a"]], {"a b": {"c": []}}, {}],
)
def test_what_is_written_reads_back(value: TomlValue) -> None:
    result = set_value(b"", ("a",), value)
    assert repr(tomllib.loads(result.decode())["a"]) == repr(value)
    assert set_value(result, ("a",), value) == result


def test_a_comment_goes_above_what_was_added_and_away_with_it() -> None:
    source = b"[a]\n  b = 1\n"
    edits = [
        SetValue(path=("a", "c"), value=1, comment="by cargo-hone\nbecause"),
        SetValue(path=DEBUG, value=1, comment="measured"),
    ]
    result = apply_edits(source, edits)
    assert result == (
        b"[a]\n  b = 1\n  # by cargo-hone\n  # because\n  c = 1\n\n"
        b"# measured\n[profile.dev]\ndebug = 1\n"
    )
    back = [
        RemoveKey(path=DEBUG, prune=True, comment="measured"),
        RemoveKey(path=("a", "c"), comment="by cargo-hone\nbecause"),
    ]
    assert apply_edits(result, back) == source


def test_pruning_stops_at_somebodys_comment() -> None:
    for source, left in (
        (b"[t]\n# note\nk = 1\n", b"[t]\n# note\n"),
        (b"[t] # note\nk = 1\n", b"[t] # note\n"),
    ):
        assert remove_key(source, ("t", "k"), prune=True) == left


CONFIG = Path(__file__).parent / "nasty-config.toml"


def test_a_real_looking_configuration_keeps_every_other_line() -> None:
    source = CONFIG.read_bytes()
    result = apply_edits(
        source,
        [
            SetValue(path=("build", "rustc-wrapper"), value="/usr/bin/sccache"),
            SetValue(path=("build", "incremental"), value=True),
            SetValue(path=("target", "x86_64-unknown-linux-gnu", "linker"), value="clang"),
            SetValue(
                path=("target", "x86_64-unknown-linux-gnu", "rustflags"),
                value=["-C", "link-arg=-fuse-ld=mold", "-C", "target-cpu=native", "-Zthreads=4"],
            ),
            SetValue(path=("profile", "dev", "package", "*", "debug"), value=False),
            SetValue(path=("net", "git-fetch-with-cli"), value=False),
            SetValue(path=("env", "HONE_X"), value="1"),
        ],
    )
    old, new = source.split(b"\n"), result.split(b"\n")
    assert [line for line in old if line not in new] == [
        b'  rustc-wrapper   =   ""     # nothing yet',
        b'    "-C", "target-cpu=native" # trailing, no comma',
        b"git-fetch-with-cli=true",
    ]
    assert [line for line in new if line not in old] == [
        b'  rustc-wrapper   =   "/usr/bin/sccache"     # nothing yet',
        b"  incremental = true",
        b'    "-C", "target-cpu=native", "-Zthreads=4" # trailing, no comma',
        b'linker = "clang"',
        b"git-fetch-with-cli=false",
        b'HONE_X = "1"',
        b'[profile.dev.package."*"]',
        b"debug = false",
    ]
