"""The pages that the team keeps, and the HTML report in the target directory."""

from pathlib import Path

from cargo_hone.edit.apply import Transaction, apply
from cargo_hone.edit.journal import Journal
from cargo_hone.files import atomic
from cargo_hone.history.run import RunRecord
from cargo_hone.model import FileChange, Plan
from cargo_hone.report.export import export_json
from cargo_hone.report.html import html
from cargo_hone.report.markdown import markdown


def write_documents(
    run: RunRecord,
    documents: tuple[Path, Path],
    *,
    journal: Journal,
    extend: Transaction | None,
) -> Transaction:
    """Write the Markdown page and its samples; `undo` takes them away with the rest."""
    page, samples = documents
    root = run.subject.workspace_root
    changes = tuple(
        FileChange(
            path=path,
            before=atomic.read(path),
            after=text.encode(),
            why="the report of this run",
            step="docs",
        )
        for path, text in ((page, markdown(run)), (samples, export_json(run)))
    )
    plan = Plan(title="write the report", changes=changes)
    return apply(plan, journal=journal, root=root, extend=extend)


def write_html(run: RunRecord, target_dir: Path) -> Path:
    """Write the one-file report below the target directory, which is not journaled: cargo clean removes it."""
    path = target_dir / "hone" / "report.html"
    atomic.create_parents(path)
    atomic.replace(path, html(run).encode())
    return path
