"""Several fixes as one plan."""

from pathlib import Path

from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.repair import repair
from cargo_hone.edit.plan import diff
from tests.doctor.case import Case, made, workflow
from tests.doctor.cases_workflows import CACHE, CI, WITH_GIT


def test_two_fixes_of_one_line_both_hold(tmp_path: Path) -> None:
    files = {**workflow(CACHE.replace("KEY", "mine")), "rust-toolchain": "stable\n"}
    tree = made(Case(spec=WITH_GIT, files=files), tmp_path)
    result = repair(tree.facts(), unsafe=False)
    assert [one.rule.id for one in result.mended] == ["HONE014", "HONE015"]
    after = result.plan.changes[0].after
    assert after is not None
    assert (
        b"key: mine-${{ hashFiles('**/Cargo.lock') }}-${{ hashFiles('rust-toolchain') }}\n" in after
    )


def test_steps_that_go_do_not_take_others_with_them(tmp_path: Path) -> None:
    steps = "- run: cargo sweep -i\n- run: cargo test --locked\n- run: cargo sweep --time 3\n- run: echo done"
    tree = made(Case(files=workflow(steps)), tmp_path)
    plan = repair(tree.facts(), unsafe=False).plan
    after = plan.changes[0].after
    assert after is not None
    assert after.decode() == workflow("- run: cargo test --locked\n- run: echo done")[CI]


def test_the_plan_says_why_and_makes_the_shim_executable(tmp_path: Path) -> None:
    files = {".cargo/config.toml": '[build]\nrustc-wrapper = "/nowhere/sccache" # ours\n'}
    tree = made(Case(files=files), tmp_path)
    plan = repair(tree.facts(), unsafe=False).plan
    shim, config = sorted(plan.changes, key=lambda change: not change.executable)
    assert shim.executable
    assert shim.path == tree.root / ".cargo" / "hone" / "sccache"
    assert config.after == b'[build]\nrustc-wrapper = ".cargo/hone/sccache" # ours\n'
    assert "HONE001: wrap by" in diff(plan, root=tree.root)


def test_a_fix_that_cannot_be_made_is_said_and_the_others_are_made(tmp_path: Path) -> None:
    # A duplicate key cannot be edited safely: there is no such file for cargo, but an alias is as good.
    text = (
        "on: push\nenv: &shared\n  CARGO_INCREMENTAL: 1\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: *shared\n"
        "    steps:\n      - run: cargo sweep -i\n"
    )
    tree = made(Case(files={CI: text}), tmp_path)
    facts = tree.facts()
    assert [one.rule.id for one in examine(facts).findings] == ["HONE006", "HONE016"]
    result = repair(facts, unsafe=False)
    assert [one.finding.rule.id for one in result.refused] == ["HONE016"]
    assert [one.rule.id for one in result.mended] == ["HONE006"]
    assert [one.rule.id for one in result.left] == ["HONE016"]


def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    tree = made(Case(), tmp_path)
    script = tree.root / "run.sh"
    script.write_bytes(b"\xef\xbb\xbfexec target/debug/deps/bin0-* # caf\xe9\r\necho\r\n")
    plan = repair(tree.facts(), unsafe=True).plan
    assert [change.after for change in plan.changes] == [
        b"\xef\xbb\xbfexec target/debug/bin0 # caf\xe9\r\necho\r\n"
    ]
