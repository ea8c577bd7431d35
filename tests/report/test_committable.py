from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.history.run import RunRecord
from cargo_hone.report.committable import committable


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("/home/annabel/code/shop/target is big", "target is big"),
        ("in /home/annabel/code/shop.", "in <workspace>."),
        ("/home/annabel/code/shop-2/target", "~/code/shop-2/target"),
        ("'/home/other/.cargo/config.toml'", "'~/.cargo/config.toml'"),
        ("/Users/Ann/x:/root/y", "~/x:~/y"),
        ("/rooted and /srv/home/x", "/rooted and /srv/home/x"),
        ("--- a/home/x", "--- a/home/x"),
    ],
)
def test_paths_of_the_machine_are_taken_out(run: RunRecord, text: str, cleaned: str) -> None:
    assert committable(replace(run, warnings=(text,))).warnings == (cleaned,)


def test_nothing_is_left_of_the_home_directory_anywhere(run: RunRecord) -> None:
    assert "/home/annabel" in repr(run)
    cleaned = committable(run)
    assert "/home/annabel" not in repr(cleaned)
    assert cleaned.sweeps[0].target_dir == Path("target")
    assert cleaned.subject.workspace_root == Path("shop")


def test_figures_stay_as_they_are(run: RunRecord) -> None:
    assert committable(run).samples == run.samples
    assert committable(run).goals == run.goals
