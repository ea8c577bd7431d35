"""The files that build this repository elsewhere: workflows and development containers."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFiles:
    """Paths of what was found; empty where there is none."""

    workflows: tuple[Path, ...]
    devcontainers: tuple[Path, ...]


def root_of(workspace: Path) -> Path:
    """Return the directory that holds `.git`, or the workspace's own."""
    return next((p for p in (workspace, *workspace.parents) if (p / ".git").exists()), workspace)


def find(root: Path) -> PipelineFiles:
    """Look for workflows and devcontainer files in the repository that holds `root`."""
    repository = root_of(root)
    workflows = repository / ".github" / "workflows"
    found = [*workflows.glob("*.yml"), *workflows.glob("*.yaml")] if workflows.is_dir() else []
    container = repository / ".devcontainer"
    return PipelineFiles(
        workflows=tuple(sorted(found)),
        devcontainers=tuple(
            path
            for path in (
                container / "devcontainer.json",
                repository / ".devcontainer.json",
                *sorted(container.glob("*/devcontainer.json")),
            )
            if path.is_file()
        ),
    )
