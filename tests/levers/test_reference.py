"""The page about levers names all of them, and none that is not there."""

import re
from pathlib import Path

from cargo_hone.levers.advice.registry import ADVISERS
from cargo_hone.levers.registry import ALL

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "levers.md"


def test_the_page_names_all_levers_with_their_groups_and_all_advisers() -> None:
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if "| `" in line]
    groups = {
        name: cells[3].strip() for cells in rows for name in re.findall(r"`([^`]+)`", cells[1])
    }
    advisers = {adviser.name for adviser in ADVISERS}
    assert {name: groups[name] for name in groups if name not in advisers} == {
        lever.name: lever.group for lever in ALL
    }
    assert advisers <= set(groups)
