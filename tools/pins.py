"""Write the table of pinned actions (`src/cargo_hone/ci/pins.json`) from the tags of their repositories.

    python tools/pins.py                          asks GitHub with `git ls-remote`
    python tools/pins.py actions/cache=DIR.git …  reads these repositories from git directories instead
    python tools/pins.py --check [NAME=DIR …]     writes nothing; exit 1 where the table is not what the tags say

The newest release (`v1.2.3`, no pre-release) of each action is taken. An annotated tag is followed to its commit.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TABLE = Path(__file__).parent.parent / "src" / "cargo_hone" / "ci" / "pins.json"
ACTIONS = ("actions/cache", "actions/checkout", "mozilla-actions/sccache-action")
RELEASE = re.compile(r"refs/tags/v(\d+)\.(\d+)\.(\d+)")


def listed(action: str, directory: str | None) -> str:
    """Return `COMMIT<tab>REF` lines of all tags, annotated ones followed by a `REF^{}` line."""
    place = directory or f"https://github.com/{action}"
    return subprocess.run(
        ["git", "ls-remote", "--tags", place],  # noqa: S607 - git as found on PATH
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def newest(lines: str) -> tuple[str, str]:
    """Return (version, commit) of the newest release among `git ls-remote --tags` lines."""
    releases: dict[tuple[int, ...], str] = {}
    for line in lines.splitlines():
        commit, ref = line.split("\t")
        # `^{}` is the commit that an annotated tag points at; it comes after the tag's own line.
        match = RELEASE.fullmatch(ref.removesuffix("^{}"))
        if match:
            releases[tuple(int(part) for part in match.groups())] = commit
    if not releases:
        raise SystemExit("no release tag (vX.Y.Z) found")
    version = max(releases)
    return "v" + ".".join(map(str, version)), releases[version]


def main(arguments: list[str]) -> int:
    """Write or check the table."""
    check = "--check" in arguments
    directories = dict(word.split("=", 1) for word in arguments if "=" in word)
    table = {}
    for action in ACTIONS:
        version, commit = newest(listed(action, directories.get(action)))
        table[action] = {"version": version, "commit": commit}
    text = json.dumps(table, indent=2) + "\n"
    if check:
        same = TABLE.read_text("utf-8") == text
        sys.stdout.write("up to date\n" if same else f"newer releases are there:\n{text}")
        return 0 if same else 1
    TABLE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
