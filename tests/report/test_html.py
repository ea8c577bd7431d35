import re
from dataclasses import replace
from html.parser import HTMLParser

from cargo_hone.history.run import RunOutcome, RunRecord
from cargo_hone.model import Scenario, VerdictKind
from cargo_hone.report.html import headlines, html
from cargo_hone.report.table import build_table

from .conftest import TIMES, RunMaker

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects what a page is made of, and fails where an element is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.elements if name == tag)


def test_it_is_well_formed(run: RunRecord) -> None:
    text = html(run)
    assert text.startswith("<!DOCTYPE html>")
    page = Page(text)
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = " ".join(attrs.get("aria-labelledby") or "" for _, attrs in page.elements).split()
    assert set(named) <= set(ids)


def test_it_loads_nothing_and_runs_nothing(run: RunRecord) -> None:
    text = html(run)
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    assert page.count("script") == page.count("link") == page.count("img") == 0
    assert not any({"src", "href"} & attrs.keys() for _, attrs in page.elements)


def test_every_sample_is_a_dot(run: RunRecord) -> None:
    # The warm chart shows the base's three cold builds once more, as what it is held against.
    assert Page(html(run)).count("circle") == sum(len(times) for times in TIMES.values()) + 3


def test_each_chart_is_described_in_words(run: RunRecord) -> None:
    text = html(run)
    page = Page(text)
    assert page.count("svg") == page.count("desc") == len(build_table(run).rows)
    assert (
        "baseline: median 60.0 s, 3 samples; sccache only: median 61.0 s (+2 %), 3 samples;"
        " all changes: median 42.0 s (-29 %), 3 samples" in text
    )


def test_large_type_is_for_what_the_samples_carry(run: RunRecord) -> None:
    shown = headlines(build_table(run))
    assert [row.scenario for row in shown] == [
        Scenario.CLEAN_COLD,
        Scenario.CLEAN_WARM,
        Scenario.EDIT_ROOT,
    ]
    assert all(
        row.verdict.comparison and row.verdict.comparison.kind is VerdictKind.FASTER
        for row in shown
    )


def test_an_inconclusive_verdict_prints_no_percentage(run: RunRecord) -> None:
    leaf_only = replace(
        run,
        samples=tuple(s for s in run.samples if s.scenario is Scenario.EDIT_LEAF),
        goals=(),
    )
    text = html(leaf_only)
    assert "The samples carry no claim" in text
    body = text.split("<main>")[1].split('id="changes"')[0]
    assert "inconclusive (2 pairs were measured, at least 3 are needed)" in body
    assert not re.search(r"\d %", body)


def test_text_of_the_workspace_cannot_become_markup(run: RunRecord) -> None:
    text = html(replace(run, warnings=("<script>alert(1)</script> `<b>`",)))
    assert "<script>" not in text
    assert "<code>&lt;b&gt;</code>" in text


def test_goals_tests_and_disk_are_on_it(run: RunRecord) -> None:
    words = " ".join("".join(Page(html(run)).words).split())
    assert "bound: the front end of shop-core" in words
    assert "1,411" in words
    assert "2,900,000,001 bytes" in words
    assert "sccache 0.16.0, at most 10 GB" in words
    assert "annabel" not in words


def test_a_run_with_nothing_in_it_still_makes_a_page(recorded: RunMaker) -> None:
    page = Page(html(recorded(lambda _: None, RunOutcome.INTERRUPTED)))
    assert page.open == []
    assert "This run is not complete (interrupted)." in "".join(page.words)
