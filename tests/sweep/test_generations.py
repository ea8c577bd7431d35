"""After a change: what the commands use stays, and nothing else does. The oracle is cargo in an empty target."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.target.layouts import V1, V1_SPLIT, V2, V2_SPLIT
from tests.target.tiny import BUILD, CHECK, TEST, Tiny

COMMANDS = (BUILD, CHECK, TEST)
both = pytest.mark.parametrize("layout", [V1, V2], ids=str)
split = pytest.mark.parametrize("layout", [V1_SPLIT, V2_SPLIT], ids=str)


def debug_level(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", 'debug = "line-tables-only"')


def dependencies_only(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", 'debug = 0\n[profile.dev.package."*"]\nopt-level = 1')


def feature_of_a_dependency(tiny: Tiny) -> None:
    tiny.edit("app/Cargo.toml", '/native" }', '/native", features = ["big"] }')


def flags_of_rustc(tiny: Tiny) -> None:
    (tiny.root / ".cargo").mkdir(exist_ok=True)
    (tiny.root / ".cargo/config.toml").write_text('[build]\nrustflags = ["--cfg", "odd"]\n')


def removed_dependency(tiny: Tiny) -> None:
    tiny.edit("app/Cargo.toml", 'going = { path = "../beside/going" }', "")


def dependency_that_others_keep(tiny: Tiny) -> None:
    tiny.edit("app/Cargo.toml", 'mac = { path = "../mac" }', "")
    tiny.edit("app/src/lib.rs", "mac::one!()", "1")


def renamed_test(tiny: Tiny) -> None:
    (tiny.root / "app/tests/first-test.rs").rename(tiny.root / "app/tests/other-test.rs")


def edited_sources(tiny: Tiny) -> None:
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.edit("beside/native/build.rs", "300_000", "400_000")


@both
@pytest.mark.parametrize(
    "change",
    [
        debug_level,
        dependencies_only,
        feature_of_a_dependency,
        flags_of_rustc,
        removed_dependency,
        dependency_that_others_keep,
        renamed_test,
        edited_sources,
    ],
)
def test_only_what_the_commands_use_is_left(
    tiny: Tiny, change: Callable[[Tiny], None], tmp_path: Path
) -> None:
    change(tiny)
    for command in COMMANDS:
        tiny.cargo(*command)
    before = tiny.hashes()

    swept = tiny.sweep()

    fresh = tiny.copy(tmp_path / "fresh").without_target()
    for command in COMMANDS:
        assert tiny.cargo(*command).compiled == []
        fresh.cargo(*command)
    assert tiny.hashes() == fresh.hashes()
    assert tiny.outputs() == fresh.outputs()
    record = swept.record
    assert record.deleted_units == len(before) - len(tiny.hashes())
    assert record.before_bytes - record.after_bytes == swept.plan.freed_bytes
    assert (record.after_bytes < record.before_bytes) == (swept.plan.removals != ())


@split
@pytest.mark.parametrize("change", [renamed_test, removed_dependency])
def test_only_what_the_commands_use_is_left_where_the_build_dir_is_elsewhere(
    tiny: Tiny, change: Callable[[Tiny], None], tmp_path: Path
) -> None:
    test_only_what_the_commands_use_is_left(tiny, change, tmp_path)


@split
def test_final_names_of_a_split_build_dir_go_from_the_target_directory(tiny: Tiny) -> None:
    test_a_removed_binary_goes_with_its_final_name(tiny)


@split
def test_commands_name_units_of_a_split_build_dir(tiny: Tiny) -> None:
    test_units_that_a_command_named_stay(tiny)


@both
def test_nothing_goes_when_nothing_changed(tiny: Tiny) -> None:
    files = tiny.files()
    swept = tiny.sweep()
    assert swept.plan.removals == ()
    assert swept.record.kept_units == len(tiny.hashes())
    assert tiny.files() == files


def unbuilt(built: Tiny, tmp_path: Path, *, profile: str) -> Tiny:
    """The workspace with another `[profile.dev]` and an empty target directory."""
    tiny = built.copy(tmp_path / "ws").without_target()
    tiny.edit("Cargo.toml", "debug = 0", profile)
    return tiny


def remark(tiny: Tiny) -> None:
    """A change of the manifest that changes no unit."""
    tiny.edit("Cargo.toml", "[workspace]", "# a remark\n[workspace]")


def test_a_command_that_is_new_since_an_unrelated_edit_supersedes_nothing(
    built: Tiny, tmp_path: Path
) -> None:
    # With debug information `test` compiles the proc macro, and so the binary, anew beside `build`'s.
    tiny = unbuilt(built, tmp_path, profile="debug = 1")
    tiny.cargo(*BUILD)
    remark(tiny)
    assert "mac" in tiny.cargo(*TEST).compiled
    assert len(tiny.hashes("mac-")) == 3
    tiny.sweep()
    assert tiny.cargo(*BUILD).compiled == []
    assert tiny.cargo(*TEST).compiled == []


def test_two_panic_strategies_live_side_by_side(built: Tiny, tmp_path: Path) -> None:
    # `test` unwinds always, so each dependency exists twice; neither is the other's successor.
    tiny = unbuilt(built, tmp_path, profile='debug = 0\npanic = "abort"')
    (tiny.root / "app/src/main.rs").unlink()
    tiny.cargo(*BUILD)
    tiny.cargo(*TEST)
    assert len(tiny.hashes("going-")) == 2
    remark(tiny)
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.cargo(*TEST)
    tiny.sweep()
    assert tiny.cargo(*BUILD).compiled == ["app"]


@both
def test_the_run_of_a_build_script_goes_with_those_that_needed_it(
    built: Tiny, tmp_path: Path
) -> None:
    # Host units have no debug information, so the script itself is the same unit before and after.
    tiny = unbuilt(built, tmp_path, profile="debug = 1")
    tiny.cargo(*BUILD)
    old = tiny.hashes("native-")
    tiny.edit("Cargo.toml", "debug = 1", "debug = 2")
    tiny.cargo(*BUILD)
    tiny.sweep()
    assert len(old & tiny.hashes("native-")) == 1
    assert len(tiny.hashes("native-")) == 3
    assert tiny.cargo(*BUILD).compiled == []


def test_what_check_made_survives_when_only_the_others_ran_later(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "[workspace]", "# a remark\n[workspace]")
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.cargo(*BUILD)
    tiny.cargo(*TEST)
    tiny.sweep()
    assert set(tiny.cargo(*CHECK).compiled) == {"app"}


def test_the_old_generation_of_a_command_that_has_not_run_since_stays(tiny: Tiny) -> None:
    checked = {
        unit.id.hash for unit in tiny.state().units.units if unit.mode.value.startswith("check")
    }
    debug_level(tiny)
    tiny.cargo(*BUILD)
    swept = tiny.sweep()
    left = {name.rpartition("-")[2] for name in tiny.hashes()}
    assert swept.record.deleted_units > 0
    assert checked <= left


def test_features_that_a_member_may_get_on_the_command_line_stay(tiny: Tiny) -> None:
    tiny.edit("app/Cargo.toml", "[features]", "# a remark\n[features]")
    tiny.cargo(*BUILD, "--features", "extra")
    tiny.sweep()
    assert tiny.cargo(*BUILD).compiled == []
    assert tiny.cargo(*BUILD, "--features", "extra").compiled == []


@both
def test_units_that_a_command_named_stay(tiny: Tiny) -> None:
    named = tiny.cargo(*BUILD).named
    assert named.unknown == ()
    kinds = {
        (u.id.package, str(u.kind)) for u in tiny.state().units.units if u.id.hash in named.hashes
    }
    assert {("app", "bin"), ("app", "lib"), ("mac", "lib"), ("native", "build-script")} <= kinds
    debug_level(tiny)
    for command in COMMANDS:
        tiny.cargo(*command)
    swept = tiny.sweep(live=named.hashes)
    assert swept.record.deleted_units > 0
    tiny.edit("Cargo.toml", 'debug = "line-tables-only"', "debug = 0")
    assert tiny.cargo(*BUILD).compiled == []


@both
def test_a_triple_has_a_profile_of_its_own_and_host_units_elsewhere(
    built: Tiny, tmp_path: Path
) -> None:
    tiny = built.copy(tmp_path / "ws").without_target()
    command = (*BUILD, "--target", "x86_64-unknown-linux-gnu")
    tiny.cargo(*command)
    old = tiny.hashes("app-") | tiny.hashes("native-")
    debug_level(tiny)
    tiny.cargo(*command)
    tiny.sweep()
    assert tiny.cargo(*command).compiled == []
    left = tiny.hashes()
    assert not {name for name in old & left if name.startswith("app-")}
    assert len(tiny.state().layout.profiles) == 2


@both
def test_a_removed_binary_goes_with_its_final_name(tiny: Tiny) -> None:
    # The uplifted link would keep the bytes.
    tiny.write("app/src/bin/extra.rs", "fn main() {}")
    tiny.cargo(*BUILD)
    assert (tiny.debug / "extra").exists()
    (tiny.root / "app/src/bin/extra.rs").unlink()
    tiny.cargo(*BUILD)
    swept = tiny.sweep()
    assert swept.record.deleted_units == 1
    assert not (tiny.debug / "extra").exists()
    assert not (tiny.debug / "extra.d").exists()
    assert (tiny.debug / "app").exists()
    assert swept.record.before_bytes - swept.record.after_bytes == swept.plan.freed_bytes
