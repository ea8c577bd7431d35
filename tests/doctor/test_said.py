"""What the doctor says, in each format."""

from pathlib import Path

from cargo_hone.doctor import said
from cargo_hone.doctor.examination import Examination, examine
from cargo_hone.doctor.facts import Facts
from tests.doctor.case import Case, Tree, made, workflow

NASTY = 'RUSTFLAGS: "%,: \\x1b[31m::error::x\\n"'


def nasty(tmp_path: Path) -> tuple[Tree, Facts, Examination]:
    files = {
        ".cargo/config.toml": "[build]\nrustflags = '-Ca'\n",
        **workflow("- run: cargo test --locked", env=f"  {NASTY}\n"),
    }
    tree = made(Case(files=files), tmp_path)
    facts = tree.facts()
    return tree, facts, examine(facts)


def test_a_diagnostic_as_compilers_write_it(tmp_path: Path) -> None:
    files = {".cargo/config.toml": '[env]\n\tSCCACHE_CACHE_SIZE = "5G"\n'}
    facts = made(Case(files=files), tmp_path).facts()
    lines = [line.text for line in said.screen(examine(facts), facts)]
    assert lines[:5] == [
        "warning[HONE004]: the cap `5G` does not hold",
        " --> .cargo/config.toml:2:2",
        "  |",
        '2 | \tSCCACHE_CACHE_SIZE = "5G"',
        "  | \t^",
    ]
    assert [line.strip().split(":")[0] for line in lines if line.startswith("  = ")] == [
        *("= why", "= cost", "= help", "= fix"),
    ]
    assert lines[-2:] == ["1 warning", "more: cargo hone explain HONE004"]


def test_a_finding_in_no_file(tmp_path: Path) -> None:
    facts = made(Case(env={"RUSTC_WRAPPER": "/nowhere/wrapper"}), tmp_path).facts()
    result = examine(facts)
    assert [line.text for line in said.screen(result, facts)][1] == " --> variable RUSTC_WRAPPER"
    assert said.annotations(result, facts)[0].startswith(
        "::error title=HONE001 missing-wrapper::variable RUSTC_WRAPPER: the wrapper"
    )
    found = said.as_json(result, facts)["findings"]
    assert isinstance(found, list)
    assert (found[0]["file"], found[0]["where"]) == (None, "variable RUSTC_WRAPPER")


def test_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    _, facts, result = nasty(tmp_path)
    assert [finding.rule.id for finding in result.findings] == ["HONE012"]
    assert all("\x1b" not in line.text for line in said.screen(result, facts))


def test_an_annotation_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    tree, facts, result = nasty(tmp_path)
    (line,) = said.annotations(result, facts)
    assert "\n" not in line
    assert "%25,: " in line
    assert line.startswith(
        "::warning file=.github/workflows/ci.yml,line=3,col=3,title=HONE012 diverging-rustflags::"
    )
    odd = tree.root / ".github" / "workflows" / "a,b:c%.yml"
    (tree.root / ".github" / "workflows" / "ci.yml").rename(odd)
    facts = tree.facts()
    (line,) = said.annotations(examine(facts), facts)
    assert line.startswith("::warning file=.github/workflows/a%2Cb%3Ac%25.yml,line=3,")


def test_a_note_is_a_notice(tmp_path: Path) -> None:
    facts = made(Case(files={".vscode/settings.json": '{"rust-analyzer.x": 1}'}), tmp_path).facts()
    assert said.annotations(examine(facts), facts)[0].startswith("::notice file=.vscode/")
