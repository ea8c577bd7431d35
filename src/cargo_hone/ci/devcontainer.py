"""Development containers and codespaces: what `cargo hone devcontainer` and `optimize` would write, and take away."""

import json
import os
from pathlib import Path, PurePath

from cargo_hone.ci.devcontainer_edit import added, removed
from cargo_hone.ci.devcontainer_folder import SCRIPT
from cargo_hone.ci.devcontainer_script import MARK, script, workspace_of
from cargo_hone.ci.proposal import Proposal
from cargo_hone.edit.plan import shown
from cargo_hone.edit.refused import EditRefused
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import PipelineFiles, root_of

STEP = "devcontainer"
IMAGE = "mcr.microsoft.com/devcontainers/rust:2-1-trixie"
"""What the Rust template of containers.dev uses: image version 2, Rust 1, Debian 13 (its python3 is 3.13)."""

_HEAD = (
    "// The development container of this workspace, written by `cargo hone devcontainer init`.\n"
)
_WHY_CONFIG = (
    "install cargo-hone, sweep at the start and when the disk fills up, keep caches on a volume"
)
_WHY_SCRIPT = "what the hooks of the container call"
_WHY_GONE = "what cargo-hone wrote goes"
_TITLE = "development container"


def plan_devcontainer(
    facts: WorkspaceFacts, settings: Settings, *, create: bool = True
) -> Proposal:
    """Plan our hooks and mount in each `devcontainer.json` of the repository, and the script that they call.

    Where there is none, `create` plans a new one; without it nothing is planned. A file that cannot be edited
    safely stays, and `refused` says why; a script that serves another workspace of the
    repository stays, too, and then nothing is planned. Raises Unavailable for a file that cannot be read.
    """
    root = root_of(facts.root)
    script_change, refused = _script_change(root, facts, settings)
    if script_change is None:
        return Proposal(plan=_plan(), refused=refused)
    changes: list[FileChange] = []
    notes: list[str] = []
    found = _distinct(facts.pipeline.devcontainers)
    for path in found:
        name = shown(path, root=root)
        before = atomic.read(path) or b""
        try:
            edited = added(before, name=name)
        except EditRefused as problem:
            refused = (*refused, f"{problem.message}; {problem.next_step}")
            continue
        notes.extend(edited.notes)
        changes.append(_change(path, before, edited.content, _WHY_CONFIG))
    if not found and create:
        path = root / ".devcontainer" / "devcontainer.json"
        content = added(_fresh(root), name=shown(path, root=root)).content
        changes.append(_change(path, None, content, _WHY_CONFIG))
    if changes:
        changes.append(script_change)
    kept = tuple(change for change in changes if change.before != change.after)
    return Proposal(plan=_plan(*kept), notes=tuple(notes), refused=refused)


def plan_removal(workspace: Path, files: PipelineFiles) -> Proposal:
    """Plan that everything of ours goes: hooks, mount, script, and a `devcontainer.json` that is all ours.

    `workspace` is the cargo workspace's root, `files` what its repository has. Raises Unavailable for a file that
    cannot be read.
    """
    root = root_of(workspace)
    changes: list[FileChange] = []
    refused: list[str] = []
    for path in _distinct(files.devcontainers):
        before = atomic.read(path) or b""
        try:
            after: bytes | None = removed(before, name=shown(path, root=root))
        except EditRefused as problem:
            refused.append(f"{problem.message}; {problem.next_step}")
            continue
        if after == _fresh(root):
            after = None
        changes.append(_change(path, before, after, _WHY_GONE))
    content = atomic.read(root / SCRIPT)
    if content is not None and content.startswith(MARK):
        changes.append(_change(root / SCRIPT, content, None, _WHY_GONE))
    kept = tuple(change for change in changes if change.before != change.after)
    return Proposal(plan=_plan(*kept), refused=tuple(refused))


def _script_change(
    root: Path, facts: WorkspaceFacts, settings: Settings
) -> tuple[FileChange | None, tuple[str, ...]]:
    path = root / SCRIPT
    before = atomic.read(path)
    if before is not None and not before.startswith(MARK):
        return None, (f"{SCRIPT} is not ours: move it away, then run the command again",)
    workspace = PurePath(facts.root.relative_to(root))
    other = workspace_of(before) if before is not None else None
    # One that has moved away is no longer served.
    is_other = other is not None and other != workspace
    if is_other and (root / str(other) / "Cargo.toml").is_file():
        reason = (
            f"{SCRIPT} serves another workspace of this repository, `{other}`, and can serve one only: "
            "to change that, run `cargo hone devcontainer remove`, then this command again"
        )
        return None, (reason,)
    after = script(package=settings.ci.package, workspace=workspace)
    return _change(path, before, after, _WHY_SCRIPT), ()


def _fresh(root: Path) -> bytes:
    """A container for a repository that has none, before our hooks and mount."""
    config = json.dumps({"name": root.name, "image": IMAGE}, indent=2, ensure_ascii=False)
    return f"{_HEAD}{config}\n".encode()


def _distinct(paths: tuple[Path, ...]) -> list[Path]:
    """Each file once, even where links lead to it."""
    return list({os.path.realpath(path): path for path in reversed(paths)}.values())[::-1]


def _change(path: Path, before: bytes | None, after: bytes | None, why: str) -> FileChange:
    return FileChange(path=path, before=before, after=after, why=why, step=STEP)


def _plan(*changes: FileChange) -> Plan:
    return Plan(title=_TITLE, changes=changes)
