"""The written workflow: valid, safe, and its script does for real what `cargo hone ci prune` would do."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cargo_hone.ci.prune import Limits, Refs, judge
from cargo_hone.ci.prune_github import GitHub
from cargo_hone.ci.prune_workflow import workflow
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.model import Ci, Settings

from .gh import Gh, cache

BIN = Path(sys.executable).parent
NOW = datetime.now(UTC).replace(microsecond=0)


def step(content: bytes) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(content)["jobs"]["prune"]["steps"][0]
    return found


class Runner:
    """Runs the workflow's script as a hosted runner does: bash with these flags and variables."""

    def __init__(self, base: Path) -> None:
        self.gh = Gh(base)
        self.summary = base / "summary"
        self.script = base / "script"
        content = workflow(Settings(ci=Ci(prune_older_than="7d", prune_max_size="100M")))
        described = step(content)
        self.script.write_text(str(described["run"]))
        env = described["env"]
        assert isinstance(env, dict)
        self.limits = {name: str(env[name]) for name in ("OLDER_THAN_S", "MAX_BYTES")}

    def run(self, *, dry_run: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(self.script)],
            env={
                "PATH": f"{self.gh.bin}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_REPOSITORY": "o/n",
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "DRY_RUN": "true" if dry_run else "false",
                **self.limits,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def test_the_workflow_is_valid_and_zizmor_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / "hone-prune-caches.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(workflow(Settings()))
    for words in (
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path],
        [BIN / "zizmor", "--offline", "--no-progress", "--min-severity", "low", path],
    ):
        done = subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_script_passes_shellcheck(runner: Runner) -> None:
    words = [BIN / "shellcheck", "--shell=bash", runner.script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_only_the_job_may_write_and_only_caches() -> None:
    described = yaml.safe_load(workflow(Settings()))
    assert described["permissions"] == {}
    assert described["jobs"]["prune"]["permissions"] == {
        "actions": "write",
        "contents": "read",
        "pull-requests": "read",
    }


def test_limits_come_from_the_settings() -> None:
    env = step(workflow(Settings(ci=Ci(prune_older_than="36h", prune_max_size="2GiB"))))["env"]
    assert isinstance(env, dict)
    assert (env["OLDER_THAN_S"], env["MAX_BYTES"]) == ("129600", str(2 * 2**30))


def test_a_limit_that_is_none_is_said() -> None:
    with pytest.raises(UsageProblem, match="not a duration"):
        workflow(Settings(ci=Ci(prune_older_than="soon")))


def test_the_script_deletes_over_all_pages(runner: Runner) -> None:
    runner.gh.pages["/pulls"] = [[{"number": 5}], [{"number": 6}]]
    runner.gh.pages["/branches"] = [[{"name": "main"}], [{"name": "feature"}]]
    runner.gh.serve_caches(
        [
            cache(1, "rust-linux-1111111", used=ago(days=30)),
            cache(2, "rust-linux-2222222", used=ago(days=1)),
        ],
        [
            cache(3, "rust-linux-3333333", used=ago(hours=1), ref="refs/pull/4/merge"),
            cache(4, "rust-linux-4444444", used=ago(hours=1), ref="refs/pull/6/merge"),
        ],
        [
            cache(5, "rust-linux-5555555", used=ago(hours=1), ref="refs/heads/gone"),
            cache(6, "rust-linux-6666666", used=ago(hours=3), ref="refs/heads/feature", size_mb=98),
            cache(7, "rust-linux-7777777", used=ago(hours=2), ref="refs/heads/feature"),
        ],
    )
    done = runner.run()
    assert done.returncode == 0, done.stderr
    assert runner.gh.deleted() == [3, 5, 1, 6]
    assert done.stdout.splitlines()[-1] == "4 caches deleted: 101 MB of 104 MB"
    assert "`rust-linux-6666666`" in runner.summary.read_text()


def test_the_newest_of_each_family_on_the_default_branch_stays(runner: Runner) -> None:
    keys = ["sccache/a/1/2f", "sccache/b/0/3e", "mac-2026-05-01", "mac-2026-05-08", "linux-7"]
    runner.gh.serve_caches(
        [cache(n, key, used=ago(days=30 - n)) for n, key in enumerate(keys, start=1)]
    )
    assert runner.run().returncode == 0
    assert runner.gh.deleted() == [1, 3]


def test_a_dry_run_lists_and_deletes_nothing(runner: Runner) -> None:
    runner.gh.serve_caches([cache(1, "k-1", used=ago(days=9), ref="refs/heads/main2")])
    done = runner.run(dry_run=True)
    assert done.returncode == 0
    assert runner.gh.deleted() == []
    assert "would delete k-1 (refs/heads/main2): its branch is gone" in done.stdout
    assert "1 caches would go" in runner.summary.read_text()


def test_no_caches_is_fine(runner: Runner) -> None:
    done = runner.run()
    assert (done.returncode, done.stdout) == (0, "0 caches deleted: 0 MB of 0 MB\n")


@pytest.mark.parametrize("question", ["", "/actions/caches", "/pulls", "/branches"])
def test_an_api_that_does_not_answer_fails_clearly_and_deletes_nothing(
    runner: Runner, question: str
) -> None:
    runner.gh.serve_caches([cache(1, "k-1", used=ago(days=9), ref="refs/pull/1/merge")])
    runner.gh.fail(f"GET {question}", "gh: Server Error (HTTP 502)")
    done = runner.run()
    assert done.returncode == 1
    assert "::error::GitHub does not answer" in done.stdout
    assert "HTTP 502" in done.stdout
    assert runner.gh.deleted() == []


def test_a_used_up_rate_limit_stops_with_what_was_done(runner: Runner) -> None:
    runner.gh.serve_caches(
        [cache(n, f"k-{n}", used=ago(days=9), ref="refs/pull/1/merge") for n in (1, 2, 3)]
    )
    runner.gh.fail("DELETE /actions/caches/2", "gh: API rate limit exceeded for x (HTTP 403)")
    done = runner.run()
    assert done.returncode == 1
    assert "rate limit is used up after 1 deletions" in done.stdout
    assert runner.gh.deleted() == [1, 2]


def test_a_cache_that_has_gone_meanwhile_is_no_error(runner: Runner) -> None:
    runner.gh.serve_caches(
        [cache(n, f"k-{n}", used=ago(days=9), ref="refs/pull/1/merge") for n in (1, 2)]
    )
    runner.gh.fail("DELETE /actions/caches/1", "gh: Not Found (HTTP 404)")
    done = runner.run()
    assert done.returncode == 0
    assert runner.gh.deleted() == [1, 2]


def test_a_key_cannot_break_the_log_or_the_summary(runner: Runner) -> None:
    key = "::error::x|`y`\t$(touch pwned)"
    runner.gh.serve_caches([cache(1, key, used=ago(days=9), ref="refs/pull/1/merge")])
    done = runner.run()
    assert done.returncode == 0
    assert runner.gh.deleted() == [1]
    assert not any(line.startswith("::") for line in done.stdout.splitlines())
    row = runner.summary.read_text().splitlines()[-1]
    assert row.count("|") == 5
    assert not Path("pwned").exists()


_REFS = [
    "refs/heads/main",
    "refs/heads/a",
    "refs/heads/gone",
    "refs/pull/1/merge",
    "refs/pull/22/merge",
]
_KEYS = [
    "rust-linux-1111111",
    "rust-linux-22222222",
    "rust-mac-1111111",
    "sccache/a/1/2f",
    "sccache/b/1/3e",
    "k-1.2",
    "é-7",
]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(_KEYS),
            st.sampled_from(_REFS),
            st.integers(0, 9 * 24 * 60),
            st.integers(0, 9 * 24 * 60),
            st.integers(0, 80),
        ),
        max_size=8,
    )
)
def test_the_script_and_the_command_decide_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int, int, int]]
) -> None:
    runner = Runner(tmp_path_factory.mktemp("same"))
    runner.gh.pages["/pulls"] = [[{"number": 22}]]
    runner.gh.pages["/branches"] = [[{"name": "main"}, {"name": "a"}]]
    # Half a minute off the limits: the script takes its own time.
    runner.gh.serve_caches(
        [
            cache(
                number,
                key,
                ref=ref,
                used=ago(minutes=used, seconds=30),
                created=ago(minutes=born, seconds=30),
                size_mb=size,
            )
            for number, (key, ref, used, born, size) in enumerate(rows)
        ]
    )
    env = {"PATH": f"{runner.gh.bin}{os.pathsep}{os.environ['PATH']}"}
    github = GitHub(directory=runner.gh.bin, env=env)
    limits = Limits(older_than=timedelta(days=7), max_bytes=100_000_000)
    refs = Refs(
        default_branch="main", open_pulls=frozenset({22}), branches=frozenset({"main", "a"})
    )
    expected = judge(github.caches(), refs=refs, limits=limits, now=datetime.now(UTC))
    done = runner.run(dry_run=True)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[:-1] == [
        f"would delete {row.entry.key} ({row.entry.ref}): {row.reason}"
        for row in expected.deletions
    ]
