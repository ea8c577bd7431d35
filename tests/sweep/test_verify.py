"""The proof after a sweep, and what this repository runs."""

from pathlib import Path

from cargo_hone.sweep.commands import find
from cargo_hone.sweep.live import parse
from cargo_hone.sweep.script import cargo_lines
from cargo_hone.sweep.verify import Checked, Taken, verify
from tests.target.tiny import Tiny, environment

WORKFLOW = """
on: push
defaults: {run: {shell: bash}}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          cargo fmt --check
          cargo clippy --workspace -- -D warnings 2>&1 | tee clippy.txt
          cargo test --features ${{ matrix.features }}
          RUSTFLAGS=-Awarnings cargo check
      - run: cargo build --workspace
        working-directory: sub
      - {run: cargo build, shell: pwsh}
      - run: cargo test --workspace --no-run
"""

SCRIPT = r"""
# cargo build
if cargo check; then echo cargo test; fi
cargo doc \
  --no-deps > out.txt 2>&1 && cargo bench --no-run
cat <<EOF > file
cargo run
EOF
echo "
cargo test"
cd sub; time cargo t -p 'a b'
"""


def checked(tiny: Tiny, taken: Taken, *, were_fresh: bool) -> Checked:
    (one,) = verify(
        [parse("build --workspace")],
        taken,
        cwd=tiny.root,
        env=environment(),
        flags=["--offline"],
        were_fresh=were_fresh,
    )
    return one


def lose(tiny: Tiny, package: str) -> str:
    """Delete the fingerprint of a library, as a sweep that is wrong would; returns its unit's hash."""
    hash_ = next(
        artifact.filenames[0].stem.rpartition("-")[2]
        for artifact in tiny.cargo("build", "--workspace").messages.artifacts
        if artifact.target_name == package
    )
    for path in (tiny.debug / ".fingerprint" / f"{package}-{hash_}").iterdir():
        path.unlink()
    return hash_


def test_where_all_is_fresh_nothing_is_missed(tiny: Tiny) -> None:
    one = checked(tiny, Taken(), were_fresh=True)
    assert (one.ok, one.missed, one.priced, one.others) == (True, (), (), ())
    assert one.fresh > 0


def test_whatever_was_fresh_before_and_is_not_now_is_missed(tiny: Tiny) -> None:
    lose(tiny, "going")
    one = checked(tiny, Taken(), were_fresh=True)
    assert "going lib going" in one.missed
    assert "app bin app" in one.missed


def test_of_commands_that_nobody_ran_only_what_was_taken_is_missed(tiny: Tiny) -> None:
    hash_ = lose(tiny, "going")
    one = checked(tiny, Taken(dead=frozenset({hash_})), were_fresh=False)
    assert one.missed == ("going lib going",)
    assert "app bin app" in one.others


def test_what_went_for_a_budget_is_no_surprise(tiny: Tiny) -> None:
    hash_ = lose(tiny, "going")
    one = checked(tiny, Taken(priced=frozenset({hash_})), were_fresh=True)
    assert one.priced == ("going lib going",)


def test_a_command_that_does_not_build_is_a_value(tiny: Tiny) -> None:
    tiny.write("app/src/main.rs", "fn main() { nowhere() }")
    one = checked(tiny, Taken(), were_fresh=False)
    assert not one.ok
    assert "nowhere" in one.rendered


def test_the_commands_of_workflows_and_settings_are_found(tiny: Tiny) -> None:
    (tiny.root / ".git").mkdir()
    tiny.write(".github/workflows/ci.yml", WORKFLOW)
    tiny.write(".github/workflows/broken.yml", "jobs: [")
    tiny.write(
        ".config/hone.toml", '[scenarios.suite]\ncommand = ["test", "--workspace", "--no-run"]\n'
    )
    found = find(tiny.root, environment())
    assert {one.command.text: one.sources for one in found.found} == {
        "test --workspace --no-run": (".config/hone.toml", "ci.yml"),
        "clippy --workspace -- -D warnings": ("ci.yml",),
    }
    reasons = {one.text: one.reason for one in found.passed_over}
    assert "only when it runs" in reasons["test --features '$GITHUB_EXPRESSION'"]
    assert "environment variables" in reasons["check"]
    assert "runs in sub" in reasons["build --workspace"]
    assert "broken.yml" in reasons[""]
    assert len(reasons) == 4


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/hone.toml").write_text("[nowhere]")
    found = find(tmp_path, environment())
    assert found.found == ()
    assert "nowhere" in found.passed_over[0].reason


def test_a_script_is_read_without_running_it() -> None:
    lines = list(cargo_lines(SCRIPT))
    assert [line.text for line in lines] == [
        "check",
        "doc --no-deps",
        "bench --no-run",
        "t -p 'a b'",
    ]
    assert [bool(line.doubt) for line in lines] == [False, False, False, True]
