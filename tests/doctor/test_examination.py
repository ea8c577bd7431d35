"""What silences a rule, in which order findings come, and what happens to files that cannot be read."""

from pathlib import Path

import pytest

from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.repair import repair
from cargo_hone.errors import UsageProblem
from tests.doctor.case import Case, made, workflow
from tests.doctor.cases_configuration import on_linux

HOST = '[build]\ntarget-dir = "out"\n'
SWEEP = "- run: |\n    cargo test --locked\n    MARK\n    cargo sweep --time 7"


def ids(case: Case, tmp_path: Path) -> list[str]:
    return [finding.rule.id for finding in examine(made(case, tmp_path).facts()).findings]


def swept(mark: str) -> Case:
    return Case(files=workflow(SWEEP.replace("MARK", mark)))


def test_a_finding_without_a_word_on_it(tmp_path: Path) -> None:
    assert ids(swept("true"), tmp_path) == ["HONE006"]


@pytest.mark.parametrize(
    "mark",
    [
        "# hone: ignore[HONE006]",
        "# hone: ignore[HONE003, HONE006] for now\n    # because the runner is slow",
    ],
)
def test_a_comment_above_the_line_silences_it(mark: str, tmp_path: Path) -> None:
    tree = made(swept(mark), tmp_path)
    result = examine(tree.facts())
    assert (result.findings, result.silenced) == ((), 1)


def test_a_comment_on_the_line_silences_it(tmp_path: Path) -> None:
    files = {".cargo/config.toml": '[env]\nSCCACHE_CACHE_SIZE = "5G" # hone: ignore[HONE004]\n'}
    assert ids(Case(files=files), tmp_path) == []


def test_a_comment_in_jsonc_silences_it(tmp_path: Path) -> None:
    files = {".vscode/settings.json": '{\n  // hone: ignore[HONE013]\n  "rust-analyzer.x": 1\n}\n'}
    assert ids(Case(files=files), tmp_path) == []


@pytest.mark.parametrize(
    "mark",
    ["# hone: ignore[HONE007]", "# hone: ignore[HONE006]\n    true", "# hone ignore HONE006"],
)
def test_another_comment_does_not(mark: str, tmp_path: Path) -> None:
    assert ids(swept(mark), tmp_path) == ["HONE006"]


def test_what_is_silenced_is_not_mended_either(tmp_path: Path) -> None:
    tree = made(swept("# hone: ignore[HONE006]"), tmp_path)
    assert repair(tree.facts(), unsafe=True).plan.changes == ()


def test_the_settings_switch_a_rule_off(tmp_path: Path) -> None:
    case = swept("true")
    files = {**case.files, ".config/hone.toml": '[doctor]\nignore = ["HONE006"]\n'}
    assert ids(Case(files=files), tmp_path) == []


def test_the_settings_switch_off_what_is_in_no_file(tmp_path: Path) -> None:
    files = {".config/hone.toml": '[doctor]\nignore = ["HONE001"]\n'}
    case = Case(files=files, env={"RUSTC_WRAPPER": "/nowhere/wrapper"})
    assert ids(case, tmp_path) == []


def test_a_rule_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    tree = made(Case(files={".config/hone.toml": '[doctor]\nignore = ["HONE999"]\n'}), tmp_path)
    with pytest.raises(UsageProblem, match="HONE999"):
        examine(tree.facts())


def test_the_worst_comes_first(tmp_path: Path) -> None:
    files = {
        ".cargo/config.toml": '[build]\nrustc-wrapper = "/nowhere/sccache"\n',
        ".vscode/settings.json": '{"rust-analyzer.x": 1}',
        **workflow("- run: cargo build --locked", env="  CARGO_INCREMENTAL: 1\n"),
    }
    found = examine(made(Case(files=files), tmp_path).facts()).findings
    order = [str(finding.severity) for finding in found]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    assert {"error", "note"} <= set(order)


def test_a_workflow_that_is_no_yaml_is_left_out_with_a_reason(tmp_path: Path) -> None:
    files = {".github/workflows/bad.yml": "a: [\n", **workflow("- run: cargo sweep -i")}
    facts = made(Case(files=files), tmp_path).facts()
    assert [one.path.name for one in facts.documents.unread] == ["bad.yml"]
    assert [finding.rule.id for finding in examine(facts).findings] == ["HONE006"]


def test_nothing_is_found_in_a_plain_workspace(tmp_path: Path) -> None:
    assert ids(Case(), tmp_path) == []


def test_odd_shapes_are_no_reason_to_fail(tmp_path: Path) -> None:
    files = {
        ".github/workflows/a.yml": "on: [push]\nenv: text\njobs:\n  a: 1\n  b: {steps: {}}\n"
        "  c: {steps: [1, {run: [x]}]}\n",
        ".github/workflows/b.yml": "- 1\n",
        ".github/workflows/c.yml": "",
        ".vscode/settings.json": "[]",
        ".devcontainer/devcontainer.json": '{"customizations": 1, "containerEnv": []}',
        ".cargo/config.toml": "env = 1\ntarget = 2\n[build]\nrustflags = 3\n[profile]\ndev = 4\n",
    }
    tree = made(Case(), tmp_path)
    for name, text in files.items():
        (tree.root / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.root / name).write_text(text)
    facts = tree.facts()
    assert examine(facts).findings == ()
    assert facts.documents.unread == ()


STEP = "MARK\n- name: Cache\n  uses: Swatinem/rust-cache@v2\n  with:\n    shared-key: x\n- run: cargo t --locked"


@pytest.mark.parametrize(
    ("mark", "expected"),
    [("# hone: ignore[HONE003]", []), ("# hone: ignore[HONE004]", ["HONE003"])],
)
def test_a_comment_above_a_step_is_about_all_of_it(
    mark: str, expected: list[str], tmp_path: Path
) -> None:
    env = "  RUSTC_WRAPPER: sccache\n  CARGO_INCREMENTAL: 0\n"
    assert ids(Case(files=workflow(STEP.replace("MARK", mark), env=env)), tmp_path) == expected


def test_a_comment_above_a_step_is_not_about_the_next_one(tmp_path: Path) -> None:
    steps = "# hone: ignore[HONE006]\n- run: cargo sweep -i\n- run: |\n    cargo sweep --time 7"
    result = examine(made(Case(files=workflow(steps)), tmp_path).facts())
    assert ([one.rule.id for one in result.findings], result.silenced) == (["HONE006"], 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Cargo.toml", '# hone: ignore[HONE011]\nsplit-debuginfo = "unpacked"\n'),
        ("scripts/a.sh", "# hone: ignore[HONE019]\nls target/debug/deps\n"),
        ("Makefile", "a:\n\tls target/debug/deps # hone: ignore[HONE019]\n"),
        ("Dockerfile", "# hone: ignore[HONE019]\nRUN ls target/debug/deps\n"),
        ("justfile", "a:\n    # hone: ignore[HONE019]\n    ls target/debug/deps\n"),
        ("tools/a.py", "# hone: ignore[HONE019]\nopen('target/debug/deps')\n"),
        (".vscode/settings.json", '{\n  /* hone: ignore[HONE013] */\n  "rust-analyzer.x": 1\n}\n'),
        (".vscode/settings.json", '{"rust-analyzer.x": 1} /* hone: ignore[HONE013] */\n'),
        (
            ".devcontainer/devcontainer.json",
            '{"customizations": {"vscode": {"settings": {\n// hone: ignore[HONE013]\n"rust-analyzer.x": 1}}}}',
        ),
    ],
)
def test_a_comment_silences_in_every_kind_of_file(name: str, text: str, tmp_path: Path) -> None:
    tree = made(Case(machine=on_linux), tmp_path)
    path = tree.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() + "[profile.dev]\n" if path.exists() else ""
    path.write_text(before + text)
    result = examine(tree.facts())
    assert (result.findings, result.silenced) == ((), 1)
    path.write_text((before + text).replace("ignore[", "not["))
    assert len(examine(tree.facts()).findings) == 1


def test_what_two_jobs_have_from_the_same_lines_is_one_finding(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  a: &a\n    runs-on: ubuntu-latest\n    env:\n      RUSTC_WRAPPER: sccache\n"
        "      CARGO_INCREMENTAL: 0\n    steps: &s\n      - run: cargo b --locked\n      - uses: actions/cache@v4\n"
        "        with: {path: target, key: k}\n  b: *a\n"
    )
    found = ids(Case(files={".github/workflows/ci.yml": text}), tmp_path)
    assert found == ["HONE003", "HONE003", "HONE014", "HONE015"], "HONE003 names the job"
