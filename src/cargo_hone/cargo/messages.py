"""cargo's `--message-format=json` lines, as dataclasses.

The format is documented in the Cargo book, "External tools". Lines that are not JSON objects (what a build
script or a test wrote to stdout) are passed over.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One `compiler-artifact` message: a unit that was compiled, or found fresh.

    `filenames` are the outputs as cargo names them; binaries and proc macros only by their uplifted path.
    """

    package_id: str
    manifest_path: Path
    target_name: str
    target_kinds: tuple[str, ...]
    test: bool
    fresh: bool
    filenames: tuple[Path, ...]
    executable: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildMessages:
    """All that one cargo command said: artifacts, build scripts' output directories, compiler messages."""

    artifacts: tuple[Artifact, ...]
    out_dirs: tuple[Path, ...]
    rendered_errors: str
    build_succeeded: bool
    """What `build-finished` said; False where the build did not get that far."""

    @property
    def compiled(self) -> int:
        """Number of units that rustc compiled."""
        return sum(not artifact.fresh for artifact in self.artifacts)

    @property
    def fresh(self) -> int:
        """Number of units that needed nothing."""
        return sum(artifact.fresh for artifact in self.artifacts)


def parse(lines: Iterable[bytes]) -> BuildMessages:
    """Read the JSON messages in `lines`."""
    artifacts: list[Artifact] = []
    out_dirs: list[Path] = []
    errors: list[str] = []
    succeeded = False
    for line in lines:
        message = as_object(line)
        match message.get("reason"):
            case "compiler-artifact":
                artifacts.append(_artifact(message))
            case "build-script-executed":
                if message.get("out_dir"):
                    out_dirs.append(Path(message["out_dir"]))
            case "compiler-message":
                inner = message["message"]
                if str(inner.get("level", "")).startswith("error") and inner.get("rendered"):
                    errors.append(inner["rendered"])
            case "build-finished":
                succeeded = bool(message["success"])
            case _:
                pass
    return BuildMessages(
        artifacts=tuple(artifacts),
        out_dirs=tuple(out_dirs),
        rendered_errors="\n".join(errors),
        build_succeeded=succeeded,
    )


def as_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object in `line`, or an empty one if it holds something else."""
    if not line.startswith(b"{"):
        return {}
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _artifact(message: dict[str, Any]) -> Artifact:
    executable = message.get("executable")
    return Artifact(
        package_id=message["package_id"],
        manifest_path=Path(message["manifest_path"]),
        target_name=message["target"]["name"],
        target_kinds=tuple(message["target"]["kind"]),
        test=bool(message["profile"].get("test")),
        fresh=bool(message["fresh"]),
        filenames=tuple(Path(name) for name in message["filenames"]),
        executable=Path(executable) if executable else None,
    )
