"""A stand-in for the `gh` executable: serves recorded pages of the API and records the calls."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

_PROGRAM = """#!{python} -IS
import json, pathlib, sys
world = pathlib.Path({world!r})
words = sys.argv[1:]
with (world / "calls").open("a") as calls:
    calls.write(json.dumps(words) + "\\n")
path = words[-1] if "--method" not in words else next(w for w in words if w.startswith("repos/"))
# repos/OWNER/NAME/REST, and gh replaces {{owner}} and {{repo}} itself
rest = "/" + "/".join(path.split("/")[3:])
rest = "" if rest == "/" else rest
method = words[words.index("--method") + 1] if "--method" in words else "GET"
said = json.loads((world / "failures.json").read_text()).get(method + " " + rest.split("?")[0])
if said is not None:
    sys.stderr.write(said + "\\n")
    sys.exit(1)
if method == "GET":
    pages = json.loads((world / "pages.json").read_text())[rest.split("?")[0]]
    sys.stdout.write("".join(json.dumps(page) for page in (pages if "--paginate" in words else pages[:1])))
"""


class Gh:
    """One recorded repository. `bin` goes to the front of PATH."""

    def __init__(self, base: Path) -> None:
        self.world = base / "gh-world"
        self.bin = base / "gh-bin"
        self.world.mkdir()
        self.bin.mkdir()
        program = self.bin / "gh"
        program.write_text(_PROGRAM.format(python=sys.executable, world=str(self.world)))
        program.chmod(0o755)
        self.pages: dict[str, list[object]] = {
            "": [{"full_name": "o/n", "default_branch": "main"}],
            "/actions/caches": [{"total_count": 0, "actions_caches": []}],
            "/pulls": [[]],
            "/branches": [[{"name": "main"}]],
        }
        self.failures: dict[str, str] = {}
        self.write()

    def write(self) -> None:
        (self.world / "pages.json").write_text(json.dumps(self.pages))
        (self.world / "failures.json").write_text(json.dumps(self.failures))

    def serve_caches(self, *pages: Sequence[dict[str, object]]) -> None:
        total = sum(map(len, pages))
        self.pages["/actions/caches"] = [
            {"total_count": total, "actions_caches": list(page)} for page in pages
        ]
        self.write()

    def fail(self, call: str, said: str) -> None:
        self.failures[call] = said
        self.write()

    def calls(self) -> list[list[str]]:
        path = self.world / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def deleted(self) -> list[int]:
        return [
            int(next(word for word in call if word.startswith("repos/")).rsplit("/", 1)[1])
            for call in self.calls()
            if "DELETE" in call
        ]


def cache(
    number: int,
    key: str,
    *,
    ref: str = "refs/heads/main",
    used: datetime,
    created: datetime | None = None,
    size_mb: float = 1.0,
) -> dict[str, object]:
    """One cache as GitHub's API lists it (docs.github.com/rest/actions/cache)."""
    return {
        "id": number,
        "ref": ref,
        "key": key,
        "version": "73885106f58cc52a7df9ec4d4a5622a5614813162cb516c759a30af6bf56e6f0",
        "last_accessed_at": _text(used),
        "created_at": _text(created or used),
        "size_in_bytes": int(size_mb * 1e6),
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
