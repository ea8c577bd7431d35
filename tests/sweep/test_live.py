"""What `--live` keeps: exactly what cargo names, and what that needs."""

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.files.walk import disk_usage
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.live import NOTHING, Live, joined, listen, named_by, parse
from cargo_hone.sweep.sweep import Swept, sweep_one
from tests.target.layouts import V1, V2_SPLIT
from tests.target.tiny import CHECK, TEST, Tiny, environment

BUILD_ONLY = "build --workspace"


def listened(tiny: Tiny, *commands: str) -> Live:
    return listen(
        [parse(command) for command in commands],
        cwd=tiny.root,
        env=environment(tiny.layout),
        flags=["--offline"],
        build_dir=tiny.built if tiny.built != tiny.target else None,
    )


def swept(tiny: Tiny, live: Live, rest: str = "no live command uses it") -> Swept:
    request = Request(target_dir=tiny.target, premises=tiny.premises(), live=live, rest=rest)
    return sweep_one(request, dry_run=False, wait_s=0.0, budget=None)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("build --workspace", ("build", "--workspace")),
        ("cargo b -p 'a b'", ("build", "-p", "a b")),
        ("test -p app -- --nocapture", ("test", "--no-run", "-p", "app", "--", "--nocapture")),
        ("bench --no-run", ("bench", "--no-run")),
        ("run --bin app -- serve", ("build", "--bin", "app")),
        ("+nightly clippy -- -D warnings", ("+nightly", "clippy", "--", "-D", "warnings")),
    ],
)
def test_tests_and_programs_are_built_and_not_run(text: str, args: tuple[str, ...]) -> None:
    assert parse(text).args == args
    assert parse(parse(text).text) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cargo",
        "nextest run",
        "fmt",
        "build 'open",
        "build --target-dir x",
        "build --message-format=json",
    ],
)
def test_what_says_nothing_of_its_units_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse(text)
    assert "--live" in caught.value.message + caught.value.next_step


def size_bytes(tiny: Tiny) -> int:
    return sum(disk_usage(place).allocated_bytes for place in {tiny.target, tiny.built})


@pytest.mark.parametrize("layout", [V1, V2_SPLIT], ids=str)
def test_only_what_live_commands_use_stays(tiny: Tiny) -> None:
    live = listened(tiny, BUILD_ONLY)
    assert not live.failed
    before_bytes = size_bytes(tiny)
    done = swept(tiny, live)
    assert done.record.deleted_units > 0
    assert "no live command uses it" in {removal.reason for removal in done.plan.removals}
    assert tiny.cargo("build", "--workspace").compiled == []
    left_bytes = size_bytes(tiny)
    # The oracle: what these commands alone leave in an empty target directory.
    tiny.without_target().cargo("build", "--workspace")
    fresh_bytes = size_bytes(tiny)
    assert before_bytes - left_bytes >= 0.98 * (before_bytes - fresh_bytes)


def test_without_a_reason_for_the_rest_the_roots_stay_as_well(tiny: Tiny) -> None:
    swept(tiny, listened(tiny, BUILD_ONLY), rest="")
    for command in (CHECK, TEST):
        assert tiny.cargo(*command).compiled == []


def test_documentation_is_known_by_its_crate(tiny: Tiny) -> None:
    tiny.cargo("doc", "--no-deps", "-p", "mac")
    live = listened(tiny, "doc --no-deps -p mac")
    assert live.nameless == {"mac"}
    swept(tiny, live)
    assert tiny.cargo("doc", "--no-deps", "-p", "mac").compiled == []


def test_documentation_that_no_live_command_writes_goes(tiny: Tiny) -> None:
    tiny.cargo("doc", "--no-deps", "-p", "mac", "-p", "app", "--lib")
    (tiny.target / "doc/book").mkdir()
    (tiny.target / "doc/book/index.html").write_text("mine")
    swept(tiny, listened(tiny, "doc --no-deps -p mac"))
    doc = tiny.target / "doc"
    assert sorted(path.name for path in doc.iterdir() if path.is_dir()) == [
        "book",
        "mac",
        "search.index",
        "src",
        "static.files",
    ]
    assert tiny.cargo("doc", "--no-deps", "-p", "mac").compiled == []
    swept(tiny, listened(tiny, BUILD_ONLY))
    assert sorted(path.name for path in doc.iterdir()) == [".lock", "book", "src"]


def test_units_that_are_not_there_are_no_reason_to_delete_the_rest(tiny: Tiny) -> None:
    done = swept(tiny, Live(hashes=frozenset({"0123456789abcdef"})))
    assert done.record.deleted_units == 0
    assert "not found" in done.plan.doubts[0]


def test_a_command_that_does_not_build_is_a_value(tiny: Tiny) -> None:
    tiny.write("app/src/main.rs", "fn main() { nowhere() }")
    live = listened(tiny, "check -p app", "build -p mac")
    assert [failed.command.text for failed in live.failed] == ["check -p app"]
    assert "nowhere" in live.failed[0].rendered
    assert live.hashes


def test_names_are_joined(tiny: Tiny) -> None:
    build, test = (named_by(tiny.cargo(*c).messages) for c in (("build",), TEST))
    both = joined(build, test)
    assert both.hashes == build.hashes | test.hashes
    assert joined() == NOTHING


def test_documentation_of_a_library_and_its_programs_is_one_unit(tiny: Tiny) -> None:
    """The library and the program `app` have their documentation apart only by another name."""
    tiny.write("app/src/bin/second.rs", "//! Also.\nfn main() {}")
    tiny.cargo("doc", "--workspace", "--no-deps")
    assert swept(tiny, NOTHING, rest="").plan.doubts == ()
    swept(tiny, listened(tiny, "doc --workspace --no-deps"))
    assert tiny.cargo("doc", "--workspace", "--no-deps").compiled == []
    assert (tiny.target / "doc/second").is_dir()


@pytest.mark.parametrize("layout", [V1, V2_SPLIT], ids=str)
def test_a_final_name_that_no_live_command_makes_goes(tiny: Tiny) -> None:
    """Of a unit that stays, too, and where it is a copy."""
    macro = tiny.debug / "libmac.so"
    program = tiny.debug / "app"
    assert macro.exists()
    content = program.read_bytes()
    program.unlink()
    program.write_bytes(content)
    swept(tiny, listened(tiny, "test -p app --lib"))
    assert not macro.exists()
    assert not program.exists()
    assert tiny.cargo("test", "-p", "app", "--lib", "--no-run").compiled == []
