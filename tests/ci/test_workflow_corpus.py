"""Many workflows in many styles: `init` adds steps and nothing else, twice is once, `remove` gives the bytes."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone.ci import repository
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal
from cargo_hone.edit import yaml
from cargo_hone.edit.jsonc_data import same
from cargo_hone.edit.yaml import Value
from cargo_hone.workspace.facts import WorkspaceFacts
from tests.ci.repositories import CORPUS, Pipeline, make

_PLAIN = re.compile(rb"^( *)((?:- )?(?:uses|name|runs-on)): ([\w./@-]+)$", re.MULTILINE)


def crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def bom(text: bytes) -> bytes:
    return b"\xef\xbb\xbf" + text


def cut(text: bytes) -> bytes:
    return text.removesuffix(b"\n")


def wide(text: bytes) -> bytes:
    """Twice the indentation, behind dashes too."""
    return re.sub(
        rb"(?m)^ +", lambda found: found[0] * 2, re.sub(rb"(?m)^( *)- ", rb"\1-   ", text)
    )


def quoted(text: bytes) -> bytes:
    return _PLAIN.sub(rb'\1\2: "\3"', text)


def commented(text: bytes) -> bytes:
    return _PLAIN.sub(rb"\1\2: \3 # why: it is so", text)


Style = Callable[[bytes], bytes]
STYLES: dict[str, tuple[Style, ...]] = {
    "as it is": (),
    "bom, comments, crlf": (bom, commented, crlf),
    "quotes, wide, cut": (quoted, wide, cut),
}
SINGLE: dict[str, tuple[Style, ...]] = {
    style.__name__: (style,) for style in (crlf, bom, cut, wide, quoted, commented)
}


Known = tuple[WorkspaceFacts, Repository]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    facts = make(tmp_path_factory.mktemp("repository"))
    return facts, repository.look(facts)


def _corpus(styles: dict[str, tuple[Style, ...]]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(path, chain, id=f"{path.stem}-{name}")
        for path in CORPUS
        for name, chain in styles.items()
    ]
    return pytest.mark.parametrize(("path", "chain"), cases)


@_corpus(STYLES)
def test_init_adds_only_steps_and_remove_takes_them_out(
    path: Path, chain: tuple[Style, ...], known: Known, tmp_path: Path
) -> None:
    _there_and_back(path, chain, Pipeline(*known, tmp_path), CiOptions(cache="target"))


@pytest.mark.e2e
@_corpus({**SINGLE, "as it is": ()})
@pytest.mark.parametrize(
    "options",
    [
        CiOptions(cache=cache, sweeper=sweeper)
        for cache in ("target", "sccache", "none")
        for sweeper in ("cargo-hone", "cargo-sweep")
    ],
    ids=lambda options: f"{options.cache}-{options.sweeper}",
)
def test_the_same_in_every_style_with_every_cache(
    path: Path, chain: tuple[Style, ...], options: CiOptions, known: Known, tmp_path: Path
) -> None:
    _there_and_back(path, chain, Pipeline(*known, tmp_path), options)


def _there_and_back(
    path: Path, chain: tuple[Style, ...], pipeline: Pipeline, options: CiOptions
) -> None:
    before = path.read_bytes()
    for style in chain:
        before = style(before)
    file = pipeline.write(path.name, before)
    other = pipeline.write("zz-other.yml", b"on: push\njobs: {}\n")

    proposal = pipeline.init(options)

    after = file.read_bytes()
    assert without_ours(yaml.parse(after), proposal, file) == (yaml.parse(before), [])
    assert same(without_ours(yaml.parse(after), proposal, file)[0], yaml.parse(before))
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    if b"\r\n" in before:
        assert after.count(b"\n") == after.count(b"\r\n")
    assert after.endswith(b"\n") == before.endswith(b"\n")
    assert lines_kept(before, after)
    assert other.read_bytes() == b"on: push\njobs: {}\n"

    again = pipeline.plan(options)
    assert again.plan.changes == ()
    assert {(job.job, job.mode) for job in again.jobs} == {
        (job.job, job.mode) for job in proposal.jobs
    }

    pipeline.remove()
    assert file.read_bytes() == before


def without_ours(document: Value, proposal: CiProposal, file: Path) -> tuple[Value, list[str]]:
    """The document without our steps, and the jobs that have none although they were to have some."""
    assert isinstance(document, dict)
    jobs = document["jobs"]
    assert isinstance(jobs, dict)
    bare: dict[str, Value] = {}
    missing = [job.job for job in proposal.jobs if job.mode is not None and job.workflow == file]
    for name, job in jobs.items():
        assert isinstance(job, dict)
        if "steps" not in job:
            bare[name] = job
            continue
        steps = job["steps"]
        assert isinstance(steps, list)
        theirs = [step for step in steps if not _is_ours(step)]
        if len(theirs) != len(steps) and name in missing:
            missing.remove(name)
        bare[name] = {key: theirs if key == "steps" else value for key, value in job.items()}
    return {key: bare if key == "jobs" else value for key, value in document.items()}, missing


def lines_kept(before: bytes, after: bytes) -> bool:
    """Whether every line of the old text is in the new one, in the old order."""
    lines = iter(after.split(b"\n"))
    return all(
        # In a flow sequence the last item gets a comma behind it.
        any(kept.rstrip(b"\r") in {line.rstrip(b"\r"), line.rstrip(b"\r") + b","} for kept in lines)
        for line in before.split(b"\n")
    )


def _is_ours(step: Value) -> bool:
    return isinstance(step, dict) and str(step.get("id", "")).startswith("hone-")


def test_the_corpus_is_as_large_and_as_mixed_as_it_says() -> None:
    texts = [path.read_text() for path in CORPUS]
    assert len(texts) >= 20
    for word in (
        "workflow_call",
        "&steps",
        "run: >+",
        "container:",
        "self-hosted",
        "services:",
        "pwsh",
    ):
        assert any(word in text for text in texts), word


def test_a_transformation_changes_what_it_says() -> None:
    text = b"jobs:\n  a:\n    runs-on: ubuntu-latest\n"
    assert wide(text) == b"jobs:\n    a:\n        runs-on: ubuntu-latest\n"
    assert wide(b"  - a: 1\n    b: 2\n") == b"    -   a: 1\n        b: 2\n"
    assert quoted(text).endswith(b'runs-on: "ubuntu-latest"\n')
    assert b"# why" in commented(text)
