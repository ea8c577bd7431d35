"""Flags by meaning: nothing of the user's is lost, what is added is in effect, and twice is as good as once."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.levers.rustflags import Flag, merge, missing, parse, rival

CODEGEN = ["opt-level", "target-cpu", "debuginfo", "link-arg", "target-feature"]
ADDED = [
    "-Clink-arg=-fuse-ld=mold",
    "-Clink-arg=-fuse-ld=lld",
    "-Zthreads=8",
    "-Zshare-generics=y",
    "-Ctarget-cpu=native",
]


@st.composite
def spelled(draw: st.DrawFn) -> list[str]:
    """One flag in one of the ways in which rustc takes it."""
    match draw(st.integers(0, 3)):
        case 0:
            return draw(st.sampled_from([["-g"], ["-Awarnings"], ["--cfg", "x"], ["--cfg=x"]]))
        case 1:
            return ["-Z", draw(st.sampled_from(["threads=4", "threads=8", "ui-testing"]))]
        case _:
            key = draw(st.sampled_from(CODEGEN))
            value = draw(st.sampled_from(["1", "native", "-fuse-ld=lld", "--ld-path=/x/mold"]))
            key = draw(st.sampled_from([key, key.replace("-", "_")]))
            text = f"{key}={value}"
            return draw(st.sampled_from([["-C", text], [f"-C{text}"], [f"--codegen={text}"]]))


written = st.lists(spelled(), max_size=6).map(lambda flags: [word for one in flags for word in one])
added = st.lists(st.sampled_from(ADDED), max_size=3)
forms = st.one_of(st.none(), written, written.map(" ".join))


def meanings(flags: tuple[Flag, ...]) -> list[tuple[str, str, str]]:
    return [flag.meaning for flag in flags]


def winners(words: str | list[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For each subject what the last flag says, as rustc has it."""
    return {
        flag.subject: (flag.linker,) if flag.linker else flag.meaning
        for flag in parse(words)
        if flag.subject is not None
    }


@given(forms, added)
def test_twice_is_once(before: str | list[str] | None, flags: list[str]) -> None:
    once = merge(before, flags)
    last = {next(iter(winners([flag]))): flag for flag in flags}
    again = merge(once, list(last.values()))
    assert winners(again) == winners(once)
    assert merge(again, list(last.values())) == again


@given(forms, added)
def test_the_last_added_flag_of_each_subject_is_in_effect(
    before: str | list[str] | None, flags: list[str]
) -> None:
    after = winners(merge(before, flags))
    for subject, meaning in winners(flags).items():
        assert after[subject] == meaning
    # So nothing is missing and nothing decides otherwise.
    last = {next(iter(winners([flag]))): flag for flag in flags}
    assert missing(merge(before, flags), list(last.values())) == ()
    assert rival(merge(before, flags), list(last.values())) is None


@given(forms, added)
def test_what_is_about_something_else_stays_in_its_order(
    before: str | list[str] | None, flags: list[str]
) -> None:
    subjects = {flag.subject for flag in parse(flags)}
    kept = [flag.words for flag in parse(before) if flag.subject not in subjects]
    after = [flag.words for flag in parse(merge(before, flags)) if flag.subject not in subjects]
    assert after == kept


@given(forms)
def test_adding_nothing_changes_nothing(before: str | list[str] | None) -> None:
    assert merge(before, []) == (before if before is not None else [])


@given(written, added)
def test_a_string_and_a_list_mean_the_same(before: list[str], flags: list[str]) -> None:
    as_list, as_text = merge(before, flags), merge(" ".join(before), flags)
    assert isinstance(as_text, str)
    assert as_text.split() == as_list


@given(written, st.sampled_from(CODEGEN), st.sampled_from("123"))
def test_the_spelling_means_nothing(before: list[str], key: str, value: str) -> None:
    text, other = f"{key}={value}", f"{key.replace('-', '_')}={value}"
    ways = [["-C", text], [f"-C{text}"], ["--codegen", other], [f"--codegen={text}"], ["-C", other]]
    assert len({tuple(meanings(parse([*before, *way]))) for way in ways}) == 1


def test_the_users_spacing_in_a_string_stays() -> None:
    assert merge("-C  a=1   --cfg x ", ["-Zthreads=8"]) == "-C  a=1   --cfg x -Zthreads=8"
    assert merge("", ["-Zthreads=8"]) == "-Zthreads=8"


def test_several_arguments_in_one_flag_stay_and_the_last_linker_counts() -> None:
    both = ["-Clink-args=-fuse-ld=lld -Wl,--gc-sections"]
    assert merge(both, ["-Clink-arg=-fuse-ld=mold"]) == [*both, "-Clink-arg=-fuse-ld=mold"]
    chosen = rival(both, ["-Clink-arg=-fuse-ld=mold"])
    assert chosen is not None
    assert chosen.linker == "lld"


def test_link_arguments_add_up_and_codegen_options_do_not() -> None:
    words = ["-Clink-arg=-Wl,-z,now", "-Copt-level=1"]
    assert merge(words, ["-Clink-arg=-Wl,-z,relro", "-C", "opt_level=3"]) == [
        "-Clink-arg=-Wl,-z,now",
        "-Clink-arg=-Wl,-z,relro",
        "-C",
        "opt_level=3",
    ]


def test_a_blank_is_refused() -> None:
    with pytest.raises(ValueError, match="blank"):
        merge(None, ["-Clink-args=a b"])


@pytest.mark.parametrize(
    ("words", "is_on"),
    [
        (["-C", "debug-assertions=on", "-Cdebug_assertions=off"], False),
        (["--codegen=debug_assertions=off", "-C", "debug-assertions=on"], True),
        (["-Cdebug-assertions=off", "--codegen", "debug-assertions=on"], True),
    ],
)
def test_rustc_reads_them_the_same_way(words: list[str], is_on: bool) -> None:
    said = subprocess.run(
        ["rustc", "--print", "cfg", *words], check=True, capture_output=True, text=True
    ).stdout
    assert ("debug_assertions" in said.split()) is is_on
    assert winners(words) == {
        ("-C", "debug-assertions"): ("-C", "debug-assertions", "on" if is_on else "off")
    }
