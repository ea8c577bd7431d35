"""What travels is exactly what was measured, and nothing else is taken in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.history.database import Database, open_history
from cargo_hone.history.merge import known_uids, load_portable, merge, portable_ids
from cargo_hone.history.portable import (
    MOST_BYTES_A_RUN,
    PortableRun,
    decode,
    decode_lines,
    encode,
)
from cargo_hone.history.query import load_run
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import RunKind, RunOutcome
from cargo_hone.model import AccountingMethod, CacheCounts, OwnScenario

from .conftest import MACHINE, SUBJECT, VARIANTS, begin, sample
from .measured import commit, measured

RICH = replace(
    sample(1, cache=CacheCounts(hits=1, misses=2, not_cacheable=3, errors=4)),
    scenario=OwnScenario("docs"),
    server_cpu_s=1.25,
    peak_memory_bytes=3 << 31,
    accounting=AccountingMethod.PROCESS_TREE,
    accounting_note="no group",
    load_1m=0.75,
    clock_jump_s=-3600.5,
    suspended_s=12.5,
)


def record(database: Database, *, kind: RunKind = RunKind.MEASURE) -> Recorder:
    subject = replace(SUBJECT, git_commit=commit(1))
    return Recorder.start(
        database,
        subject=subject,
        environment=MACHINE,
        variants=VARIANTS,
        kind=kind,
        label="monday ü",
    )


def test_a_run_arrives_as_it_was_recorded(database: Database, tmp_path: Path) -> None:
    with record(database) as recorder:
        recorder.sample(RICH)
        recorder.sample(sample(2, variant="all changes"))
        recorder.fact("edit-root", "core")
        recorder.warning("it was\nlate")
    ((uid, run_id),) = portable_ids(database)
    line = encode(load_portable(database, uid, run_id))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert str(SUBJECT.workspace_root).encode() not in line
    with open_history(tmp_path / "other") as other:
        merge(other, [decode(line, where="here")], workspace_root=Path("/elsewhere"))
        (arrived,) = portable_ids(other)
        again = load_run(other, arrived[1])
        assert encode(load_portable(other, *arrived)) == line
    sent = load_run(database, run_id)
    root = replace(sent.subject, workspace_root=Path("/elsewhere"))
    assert again == replace(sent, id=again.id, subject=root)


def test_what_has_not_ended_or_is_of_the_main_job_does_not_travel(database: Database) -> None:
    record(database).sample(sample(1))
    with record(database, kind=RunKind.OPTIMIZE) as optimize:
        optimize.sample(sample(1))
    record(database).finish()
    assert portable_ids(database) == ()
    assert len(known_uids(database)) == 3


def test_every_run_has_a_name_of_its_own(database: Database) -> None:
    for _ in range(50):
        begin(database)
    names = known_uids(database)
    assert len(names) == 50
    assert all(len(name) == 32 for name in names)


def good() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        encode(measured({("noop", "baseline"): [1.0, 2.0]}, at=commit(1)))
    )
    return document


def test_the_good_one_is_good() -> None:
    assert decode(json.dumps(good()).encode(), where="x").record.samples[1].wall_s == 2.0


def _changed(path: str, value: object) -> bytes:
    document = good()
    *above, last = path.split(".")
    place: Any = document
    for key in above:
        place = place[int(key)] if key.isdigit() else place[key]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "cargo-hone/run/v2"),
        ("uid", "../../../../etc/passwd"),
        ("uid", "A" * 32),
        ("git_commit", "main"),
        ("git_commit", "--upload-pack=x"),
        ("label", "x" * 201),
        ("label", "\x1b]0;owned\x07"),
        ("outcome", "running"),
        ("outcome", "won"),
        ("started_at", "yesterday"),
        ("started_at", "2026-13-41T12:00:00+00:00"),
        ("seed", 2**63),
        ("machine.cores", 0),
        ("machine.cpu_model", "a\nb"),
        ("variants", []),
        ("variants.0.name", ""),
        ("variants.0.name", "\u202eevil"),
        ("samples", []),
        ("samples.0.variant", "another"),
        ("samples.0.scenario", "'; DROP TABLE run; --"),
        ("samples.0.wall_s", "1"),
        ("samples.0.wall_s", 1e308),
        ("samples.0.repetition", -1),
        ("samples.0.target_bytes", -5),
        ("samples.0.target_bytes", 2**63),
        ("samples.0.accounting", "guess"),
        ("samples.0.cache", {"hits": 1}),
        ("facts", {"x" * 201: "y"}),
        ("facts", {"x": 1}),
        ("extra", True),
    ],
)
def test_anything_else_is_refused_by_name(path: str, value: object) -> None:
    with pytest.raises(UsageProblem, match=r"^here holds no runs") as caught:
        decode(_changed(path, value), where="here")
    assert "history save" in caught.value.next_step


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"a":' * 100_000,
        b'{"schema": "cargo-hone/run/v1"}',
        b" " * (MOST_BYTES_A_RUN + 1),
    ],
    ids=["empty", "null", "list", "cut", "bytes", "nested", "only a schema", "huge"],
)
def test_what_is_no_run_at_all_is_refused(line: bytes) -> None:
    with pytest.raises(UsageProblem, match="holds no runs"):
        decode(line, where="here")


def test_two_variants_of_one_name_are_refused() -> None:
    document = good()
    document["variants"] *= 2
    with pytest.raises(UsageProblem, match="two variants have one name"):
        decode(json.dumps(document).encode(), where="here")


def test_of_a_file_the_line_is_named() -> None:
    line = encode(measured({("noop", "baseline"): [1.0]}, at=commit(1)))
    with pytest.raises(UsageProblem, match=r"runs\.jsonl, line 3"):
        list(decode_lines(line + b"\n" + line[:-20] + b"\n", where="runs.jsonl"))
    assert len(list(decode_lines(line + b"\n\n" + line, where="x"))) == 2


def test_a_run_that_would_be_refused_is_not_sent() -> None:
    run = measured({("noop", "baseline"): [1.0]}, at=commit(1))
    for bad in (
        replace(run.record, label="two\nlines"),
        replace(run.record, outcome=RunOutcome.RUNNING),
    ):
        with pytest.raises(UsageProblem):
            encode(PortableRun(uid=run.uid, record=bad))
