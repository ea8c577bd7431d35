"""`cargo hone ci prune`: asks through `gh`, lists, deletes, and says what to do where GitHub says no."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cargo_hone.ci.prune_workflow import plan_prune, plan_prune_removal, workflow, workflow_path
from cargo_hone.cli.ci_prune import command
from cargo_hone.cli.ending import guarded
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.errors import Exit
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts, look

from .gh import Gh, cache

NOW = datetime.now(UTC)


class Room:
    """A tiny workspace, and a recorded repository that `gh` answers for."""

    def __init__(
        self, base: Path, patch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
    ) -> None:
        self.root = generate(base / "ws", TinySpec(crates=2)).root
        self.gh = Gh(base)
        self.patch = patch
        self.out = out
        patch.chdir(self.root)
        patch.setenv("PATH", f"{self.gh.bin}{os.pathsep}{os.environ['PATH']}")

    def prune(self, *words: str, **env: str) -> tuple[int, str, str]:
        with self.patch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            code = guarded(lambda: command.main(list(words), standalone_mode=False))
        return code, *self.out.readouterr()

    def facts(self) -> WorkspaceFacts:
        return look(self.root / "Cargo.toml", env=os.environ)


@pytest.fixture
def room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Room:
    made = Room(tmp_path, monkeypatch, capsys)
    made.gh.serve_caches(
        [cache(1, "k-1111111", used=NOW - timedelta(days=9), ref="refs/heads/x", size_mb=20)],
        [
            cache(2, "k-2222222", used=NOW - timedelta(days=2), ref="refs/heads/x", size_mb=30),
            cache(3, "k-3333333", used=NOW - timedelta(days=3), ref="refs/pull/1/merge"),
        ],
    )
    made.gh.pages["/pulls"] = [[{"number": 1}]]
    made.gh.write()
    return made


def test_a_dry_run_lists_and_exits_with_1(room: Room) -> None:
    code, out, _ = room.prune("--dry-run")
    assert code == Exit.FINDINGS
    assert "20 MB  k-1111111  refs/heads/x: unused for too long" in out
    assert out.splitlines()[-1] == "51 MB before, would leave 31 MB in 2 caches"
    assert room.gh.deleted() == []


def test_yes_deletes_by_id(room: Room) -> None:
    code, out, _ = room.prune("--yes", "--max-size", "20M")
    assert code == Exit.OK
    assert room.gh.deleted() == [1, 3, 2]
    assert "left 0" in out


def test_without_a_terminal_and_without_yes_nothing_is_deleted(room: Room) -> None:
    code, out, err = room.prune()
    assert code == Exit.FINDINGS
    assert "k-1111111" in out
    assert "--yes" in err
    assert room.gh.deleted() == []


def test_options_and_environment_overrule_the_settings(room: Room) -> None:
    assert room.prune("-n", "--older-than", "10d")[0] == Exit.OK
    assert room.prune("-n", HONE_CI_PRUNE_OLDER_THAN="10d")[0] == Exit.OK
    assert room.prune("-n", "--older-than", "soon")[0] == Exit.USAGE


def test_branches_are_asked_for_only_where_that_was_said(room: Room) -> None:
    room.prune("-n")
    assert not any("/branches" in word for call in room.gh.calls() for word in call)
    code, out, _ = room.prune("-n", "--branch-gone")
    assert code == Exit.FINDINGS
    assert "k-2222222  refs/heads/x: its branch is gone" in out


def test_json_has_a_schema_and_every_deletion(room: Room) -> None:
    code, out, _ = room.prune("-n", "--format", "json")
    data = json.loads(out)
    assert code == Exit.FINDINGS
    assert data["schema"] == "cargo-hone/ci-prune/v1"
    assert [(row["id"], row["bytes"]) for row in data["deletions"]] == [(1, 20_000_000)]
    assert (data["before_bytes"], data["after_bytes"], data["kept"]) == (51_000_000, 31_000_000, 2)


@pytest.mark.parametrize(
    ("said", "next_step"),
    [
        ("gh: API rate limit exceeded (HTTP 403)", "in an hour"),
        ("To get started with GitHub CLI, please run:  gh auth login", "gh auth login"),
        ("gh: Resource not accessible by integration (HTTP 403)", "actions: write"),
        ("gh: Server Error (HTTP 502)", "GH_REPO"),
    ],
)
def test_what_github_refuses_says_what_to_do_next(room: Room, said: str, next_step: str) -> None:
    room.gh.fail("GET /actions/caches", said)
    code, _, err = room.prune("--yes")
    assert code == Exit.UNAVAILABLE
    assert said in err
    assert next_step in err.split("next: ")[1]


def test_an_answer_of_another_form_is_said(room: Room) -> None:
    room.gh.pages["/actions/caches"] = [{"message": "moved"}]
    room.gh.write()
    code, _, err = room.prune("--yes")
    assert code == Exit.UNAVAILABLE
    assert "something else than expected" in err


def test_a_failing_deletion_stops_and_one_that_has_gone_does_not(room: Room) -> None:
    room.gh.fail("DELETE /actions/caches/1", "gh: Not Found (HTTP 404)")
    room.gh.fail("DELETE /actions/caches/3", "gh: API rate limit exceeded (HTTP 403)")
    code, _, err = room.prune("--yes", "--max-size", "0")
    assert code == Exit.UNAVAILABLE
    assert "had gone already: k-1111111" in err
    assert room.gh.deleted() == [1, 3]


def test_without_gh_it_says_what_to_install(room: Room) -> None:
    (room.gh.bin / "gh").unlink()
    places = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(place for place in places if not Path(place, "gh").exists())
    code, _, err = room.prune("-n", PATH=path)
    assert code == Exit.UNAVAILABLE
    assert "install gh" in err


def test_the_workflow_is_planned_once_and_taken_back(room: Room) -> None:
    facts = room.facts()
    (change,) = plan_prune(facts, Settings()).plan.changes
    assert change.path == room.root / ".github" / "workflows" / "hone-prune-caches.yml"
    assert (change.before, change.after) == (None, workflow(Settings()))
    change.path.parent.mkdir(parents=True)
    change.path.write_bytes(change.after or b"")
    assert plan_prune(facts, Settings()).plan.changes == ()
    (removal,) = plan_prune_removal(facts.root).plan.changes
    assert (removal.before, removal.after) == (change.after, None)


def test_a_workflow_of_that_name_that_is_not_ours_stays(room: Room) -> None:
    facts = room.facts()
    path = workflow_path(facts.root)
    path.parent.mkdir(parents=True)
    path.write_text("name: mine\n")
    proposal = plan_prune(facts, Settings())
    assert proposal.plan.changes == ()
    assert "not ours" in proposal.notes[0]
    assert plan_prune_removal(facts.root).plan.changes == ()
