"""The scheduled workflow that prunes old caches; it needs no action, no checkout and no cargo-hone."""

from importlib import resources
from pathlib import Path

from cargo_hone.ci.proposal import Proposal
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan
from cargo_hone.quantity import parse_bytes, parse_seconds
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import root_of

STEP = "ci"
_WHY = (
    "a weekly workflow deletes caches that nobody can restore, old ones, and what is above the size"
)
_PATH = Path(".github", "workflows", "hone-prune-caches.yml")
_MARK = b"# Written by cargo-hone"


def plan_prune(facts: WorkspaceFacts, settings: Settings) -> Proposal:
    """Plan the workflow file. One of that name that is not ours stays as it is, and a note says so.

    Raises UsageProblem for settings that are no duration or size, Unavailable for a file that cannot be read.
    """
    path = workflow_path(facts.root)
    before = atomic.read(path)
    after = workflow(settings)
    if before is not None and not before.startswith(_MARK):
        return Proposal(plan=_plan(), notes=(f"{_PATH} is not ours: it stays as it is",))
    if before == after:
        return Proposal(plan=_plan(), notes=())
    return Proposal(
        plan=_plan(FileChange(path=path, before=before, after=after, why=_WHY, step=STEP)), notes=()
    )


def plan_prune_removal(root: Path) -> Proposal:
    """Plan that the workflow file goes, if it is ours. Raises as `plan_prune`."""
    path = workflow_path(root)
    before = atomic.read(path)
    if before is None or not before.startswith(_MARK):
        return Proposal(plan=_plan(), notes=())
    why = "what cargo-hone wrote goes"
    change = FileChange(path=path, before=before, after=None, why=why, step=STEP)
    return Proposal(plan=_plan(change), notes=())


def workflow_path(root: Path) -> Path:
    """Where the workflow lies, for the workspace at `root`."""
    return root_of(root) / _PATH


def workflow(settings: Settings) -> bytes:
    """Return the workflow with the settings' limits. Raises UsageProblem for what is no duration or size."""
    age, size = settings.ci.prune_older_than, settings.ci.prune_max_size
    values = {
        "@OLDER_THAN_S@": str(int(parse_seconds(age))),
        "@OLDER_THAN@": age,
        "@MAX_BYTES@": str(parse_bytes(size)),
        "@MAX_SIZE@": size,
        "@SCRIPT@\n": _indented(_resource("prune.sh"), 10),
    }
    text = _resource("prune.yml")
    for name, value in values.items():
        text = text.replace(name, value)
    return text.encode()


def _resource(name: str) -> str:
    return resources.files("cargo_hone.ci").joinpath(name).read_text("utf-8")


def _indented(text: str, by: int) -> str:
    return "".join(
        " " * by + line if line.strip() else line for line in text.splitlines(keepends=True)
    )


def _plan(*changes: FileChange) -> Plan:
    return Plan(title="a workflow that prunes old caches", changes=changes)
