"""`.config/hone.toml`: defaults, the file, the environment above it, and what is refused."""

import json
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.settings import schema
from cargo_hone.settings.model import Settings
from cargo_hone.settings.read import read, twins


def _write(root: Path, text: str) -> None:
    (root / ".config").mkdir()
    (root / ".config" / "hone.toml").write_text(text)


def test_without_a_file_every_key_has_its_default(tmp_path: Path) -> None:
    assert read(tmp_path, {}) == Settings()


def test_the_file_says_what_differs(tmp_path: Path) -> None:
    _write(tmp_path, '[coordination]\nclaude-flow = true\n[disk.ci]\nsweep = "4GiB"\n')
    settings = read(tmp_path, {})
    assert settings.coordination.claude_flow is True
    assert settings.disk.ci.sweep == "4GiB"
    assert settings.disk.sweep == Settings().disk.sweep


def test_an_environment_variable_wins_over_the_file(tmp_path: Path) -> None:
    _write(tmp_path, '[disk]\nwarn = "1G"\n')
    env = {"HONE_DISK_WARN": "2G", "HONE_COORDINATION_COMMAND": '["tell", "me"]'}
    settings = read(tmp_path, env)
    assert settings.disk.warn == "2G"
    assert settings.coordination.command == ("tell", "me")


def test_a_variable_for_a_text_may_look_like_a_number(tmp_path: Path) -> None:
    env = {"HONE_COORDINATION_TASK_ID": "42", "HONE_DISK_WARN": "10000000000"}
    settings = read(tmp_path, env)
    assert (settings.coordination.task_id, settings.disk.warn) == ("42", "10000000000")


def test_no_twin_is_a_variable_that_sccache_hashes() -> None:
    names = [name for name, _ in twins()]
    assert len(names) == len(set(names))
    assert all(name.startswith("HONE_") for name in names)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[disk]\nwran = '1G'\n", "wran"),
        ("[disk]\nwarn = 'lots'\n", "$.disk.warn"),
        ("[ci]\ncache = 'both'\n", "$.ci.cache"),
        ("[disk\n", "not valid TOML"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    _write(tmp_path, text)
    with pytest.raises(UsageProblem, match=r"\.config/hone\.toml") as caught:
        read(tmp_path, {})
    assert place in caught.value.message


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="HONE_DISK_CI_FAIL"):
        read(tmp_path, {"HONE_DISK_CI_FAIL": "most"})


def test_the_schema_that_ships_is_that_of_the_settings() -> None:
    shipped = Path(__file__).parents[2] / "docs" / "reference" / "hone.schema.json"
    assert shipped.read_text() == schema.schema()
    assert (
        json.loads(shipped.read_text())["$defs"]["Disk"]["properties"]["warn"]["default"] == "10G"
    )
