"""The files that build this repository elsewhere: workflows and development containers."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFiles:
    """Paths of what was found; empty where there is none."""

    workflows: tuple[Path, ...]
    devcontainers: tuple[Path, ...]


def find(root: Path) -> PipelineFiles:
    """Look for workflows and devcontainer files in the repository that holds `root`."""
    repository = next((p for p in (root, *root.parents) if (p / ".git").exists()), root)
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
