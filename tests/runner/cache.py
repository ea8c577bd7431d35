"""`actions/cache/restore` and `save`, with a directory for GitHub's cache."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

Result = tuple[int, str, dict[str, str]]
"""Exit code, log, outputs."""


def restore(store: Path, given: Mapping[str, str], paths: Sequence[Path]) -> Result:
    """Put back the entry of this key, or the newest whose key begins like one of `restore-keys`."""
    key = given["key"]
    prefixes = [line.strip() for line in given.get("restore-keys", "").split("\n") if line.strip()]
    entries = sorted(store.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
    names = {_decoded(entry.name): entry for entry in entries}
    found = key if key in names else None
    for prefix in prefixes:
        found = found or next((name for name in names if name.startswith(prefix)), None)
    outputs = {
        "cache-hit": "true" if found == key else "false" if found else "",
        "cache-primary-key": key,
        "cache-matched-key": found or "",
    }
    if found:
        for number, path in enumerate(paths):
            kept = names[found] / str(number)
            if kept.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", kept, path], check=True)
    return 0, f"restored {found}", outputs


def save(store: Path, given: Mapping[str, str], paths: Sequence[Path]) -> Result:
    """Keep these paths under the key, unless there is an entry of it: entries never change."""
    entry = store / _encoded(given["key"])
    if entry.exists():
        return 0, "there is one of that key", {}
    entry.mkdir()
    for number, path in enumerate(paths):
        if path.exists():
            subprocess.run(["cp", "-a", path, entry / str(number)], check=True)
    os.utime(entry)
    return 0, f"saved {given['key']}", {}


def _encoded(key: str) -> str:
    return key.encode().hex()


def _decoded(name: str) -> str:
    return bytes.fromhex(name).decode()
