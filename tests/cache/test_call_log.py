"""sccache's debug log as calls; the real log is read in test_second_checkout."""

import pytest

from cargo_hone.cache.call_log import Call, Result, keys, read
from cargo_hone.errors import Unavailable

COMPILER = "[2026-11-22T20:09:05Z DEBUG sccache::compiler::compiler]"
SERVER = "[2026-11-22T20:09:05Z DEBUG sccache::server]"


def asked(name: str, *arguments: str) -> str:
    listed = ", ".join(f'"{one}"' for one in arguments)
    return f"{COMPILER} [{name}]: get_cached_or_compile: [{listed}]\n"


def told(name: str, key: str, result: str) -> str:
    return f"{COMPILER} [{name}]: Hash key: {key}\n{SERVER} [{name}]: compile result: {result}\n"


def test_a_hit_and_a_miss() -> None:
    log = asked("a", "--crate-name", "a") + told("a", "k1", "cache hit")
    log += asked("b", "--crate-name", "b") + told("b", "k2", "cache miss")
    assert read(log) == (
        Call(arguments=("--crate-name", "a"), result=Result.HIT, key="k1"),
        Call(arguments=("--crate-name", "b"), result=Result.MISS, key="k2"),
    )
    assert keys(log) == {"k1", "k2"}


def test_calls_of_several_names_at_a_time() -> None:
    log = asked("a", "1.rs") + asked("b", "2.rs")
    log += told("b", "k2", "cache hit") + told("a", "k1", "cache miss")
    assert [(call.key, call.result) for call in read(log)] == [
        ("k2", Result.HIT),
        ("k1", Result.MISS),
    ]


def test_what_the_compiler_refused_is_no_entry() -> None:
    log = asked("probe", "x.rs") + told("probe", "k", "compile failed")
    log += asked("probe", "y.rs") + told("probe", "k", "cache miss")
    assert [call.arguments for call in read(log)] == [("y.rs",)]


def test_a_call_without_a_result_takes_no_others() -> None:
    """thiserror's build script compiles a crate of that name, which fails before there is a key."""
    log = asked("thiserror", "build/probe.rs") + asked("thiserror", "src/lib.rs")
    log += told("thiserror", "k", "cache hit")
    assert [(call.arguments, call.key) for call in read(log)] == [(("src/lib.rs",), "k")]


def test_what_is_not_cacheable_has_sccaches_word_and_questions_are_no_calls() -> None:
    refused = f"{SERVER} parse_arguments: CannotCache("
    log = f'{refused}crate-type, bin): ["--crate-name", "a", "src/main.rs"]\n'
    log += f'{refused}missing input): ["-vV"]\n'
    log += f'{refused}-): ["-", "--crate-name", "___", "--print=cfg"]\n'
    (call,) = read(log)
    assert (call.result, call.why) == (Result.NOT_CACHEABLE, "crate-type, bin")


def test_lines_of_the_compiler_are_not_ours() -> None:
    log = "[a]: compile result: cache hit\n[2026 DEBUG opendal::services] [a]: Hash key: k\n"
    assert read(log) == ()


def test_arguments_are_read_as_rust_writes_them() -> None:
    log = asked("a", r"a\"b", r"tab\there", r"\u{1b}[0m", "\N{SNOWMAN}", r"back\\slash")
    (call,) = read(log + told("a", "k", "cache hit"))
    assert call.arguments == ('a"b', "tab\there", "\x1b[0m", "\N{SNOWMAN}", "back\\slash")


def test_a_list_that_cannot_be_read_is_said() -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        read(f"{COMPILER} [a]: get_cached_or_compile: [oh no]\n")


def test_options() -> None:
    call = Call(
        arguments=("-C", "metadata=1", "-C", "extra-filename=-2", "--edition=2021", "-L", "x", "-L", "y"),
        result=Result.HIT,
    )  # fmt: skip
    assert call.option("-C extra-filename") == "-2"
    assert call.option("--edition") == "2021"
    assert call.option("-L") == "y"
    assert call.option("--nothing") == ""
    assert call.values("-L") == ("x", "y")
    assert not call.is_rust
