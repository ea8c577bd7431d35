from dataclasses import replace
from pathlib import Path

from cargo_hone.history.run import RunOutcome, RunRecord
from cargo_hone.report.line import WIDTH, Tone
from cargo_hone.report.screen import Ending, screen

from .conftest import RunMaker

ENDING = Ending(report="docs/BUILD-OPTIMIZATION.md", next_command="cargo hone ci init")
EXPECTED = """\
                      baseline     sccache only      all changes   verdict
clean, cold             60.0 s    61.0 s   +2 %    42.0 s  -29 %   faster ±3 %, n=3
clean, warm                  -    42.0 s  -29 %    30.0 s  -50 %   faster ±0.1 %, n=3
edit root (shop-core)    6.1 s     6.1 s            4.2 s  -31 %   faster ±1 %, n=5
edit leaf (shop-cli)     2.0 s         -            1.1 s          inconclusive
nothing changed         0.30 s    0.30 s           0.30 s          no difference
target on disk          2.9 GB         -           1.6 GB
swept, your target   2.9 GB → 1.6 GB   (next build: 0 units)
shared target        now one for the workspace and xtask: 2.1 GB apart, 1.6 GB together, saves 500
                     MB. xtask built into xtask/target before.
inconclusive         edit leaf (shop-cli): 2 pairs were measured, at least 3 are needed
Goals       ok       clean build 25-40 % faster        -50 % warm, -29 % cold
            MISSED   incremental build 40-60 % faster  -31 %; bound: the front end of shop-core,
                                                       which rustc runs on one thread, is two thirds
                                                       of what is left
            ok       disk under its threshold          1.6 GB of 10 GB
            ok       all crates build                  24 of 24
            ok       no test lost                      1,411 pass as before
            ok       sccache under its cap             0.4 of 10 GB
            pending  CI integrated                     cargo hone ci init
Given up    variables in the debugger (use --profile debugging)
Changed     .cargo/config.toml  Cargo.toml
Undo        cargo hone undo
Report      docs/BUILD-OPTIMIZATION.md
Next        cargo hone ci init
"""


def text_of(run: RunRecord, ending: Ending = ENDING) -> str:
    return "".join(f"{line.text}\n" for line in screen(run, ending))


def test_the_whole_screen(run: RunRecord) -> None:
    assert text_of(run).replace("\N{EN DASH}", "-") == EXPECTED


def test_no_line_is_too_wide(run: RunRecord) -> None:
    wordy = replace(
        run,
        warnings=("long " * 60,),
        goals=tuple(replace(goal, detail="words " * 50) for goal in run.goals),
    )
    assert max(len(line) for line in text_of(wordy).splitlines()) <= WIDTH


def test_the_row_of_an_inconclusive_verdict_has_no_percentage(run: RunRecord) -> None:
    (row,) = [line for line in text_of(run).splitlines() if line.startswith("edit leaf")]
    assert "%" not in row


def test_the_demonstration_ends_with_its_place(run: RunRecord) -> None:
    ending = replace(ENDING, demo_workspace=Path("/tmp/demo"))  # noqa: S108 - only printed
    assert text_of(run, ending).endswith("\ndemo workspace: /tmp/demo\n")


def test_an_interrupted_run_says_so_first(recorded: RunMaker) -> None:
    text = text_of(recorded(lambda _: None, RunOutcome.INTERRUPTED))
    assert text.startswith("This run was interrupted")
    assert "Changed     no file" in text
    assert "cargo hone undo" not in text


def test_a_missed_goal_is_marked_as_bad(run: RunRecord) -> None:
    pieces = [piece for line in screen(run, ENDING) for piece in line.pieces]
    assert [piece.tone for piece in pieces if piece.text.strip() == "MISSED"] == [Tone.BAD]


def test_what_was_not_swept_is_said_with_its_reason(run: RunRecord) -> None:
    skipped = replace(run, sweeps=(replace(run.sweeps[0], skipped="cargo is building"),))
    assert "nothing was swept: cargo is building" in text_of(skipped)
