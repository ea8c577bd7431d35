"""The reference of the rules: `python -m cargo_hone.doctor.reference DIRECTORY` writes the pages and their index."""

import sys
from pathlib import Path

from cargo_hone.doctor.pages import page
from cargo_hone.doctor.registry import RULES
from cargo_hone.files import atomic

_HEAD = """\
# Rules of the doctor

`cargo hone doctor` looks for these without measuring and without building. `cargo hone explain HONE001` prints a page
offline.

An error breaks builds or makes them wrong, a warning makes them slow or fills the disk, a note is worth knowing. Errors
and warnings are exit code 1; notes alone are 0. A broken Cargo.toml, cargo configuration or `.config/hone.toml` is 2.

`--fix` applies the safe fixes, after showing them and asking (`--yes` answers): nothing else behaves differently
afterwards. `--fix=all` applies the others as well. `cargo hone undo` takes them back.

`cargo hone` without a command says in one line how many errors and warnings there are.

Where you have decided otherwise, say so on the line, in the comment above it, or above the step of a workflow that it
is in; after `#`, `//` or `/*`, whichever the file has for comments:

```toml
# hone: ignore[HONE005]
target = "x86_64-unknown-linux-gnu"
```

or for the whole repository, and for what is in no file, in `.config/hone.toml`: `[doctor]`, `ignore = ["HONE013"]`.

| rule | finds | fix |
|---|---|---|
"""


def index() -> str:
    """Return the index page."""
    rows = (
        f"| [{rule.id}]({rule.id}.md) {rule.name} | {rule.title} | {'by hand' if rule.by_hand else 'yes'} |"
        for rule in RULES
    )
    return _HEAD + "".join(f"{row}\n" for row in rows)


def files() -> dict[str, str]:
    """Return all files of the reference, by name."""
    return {"README.md": index(), **{f"{rule.id}.md": page(rule) for rule in RULES}}


if __name__ == "__main__":
    for name, text in files().items():
        atomic.replace(Path(sys.argv[1]) / name, text.encode())
