"""A workflow for a repository that has none which builds with cargo."""

import hashlib
from importlib import resources

from cargo_hone.ci import pins
from cargo_hone.ci.repository import Repository
from cargo_hone.edit.jsonc_data import render_string

_MARK = b"# Written by `cargo hone ci init`; `cargo hone ci remove` deletes it while nobody else has changed it: "


def new_workflow(repository: Repository) -> bytes:
    """Return a workflow that builds and tests, without our steps: those are put in as into anybody's."""
    toolchain = (
        "rustup toolchain install --no-self-update"
        if repository.has_toolchain_file
        else "rustup toolchain install stable --profile minimal --no-self-update"
    )
    defaults = ""
    if repository.workspace:
        place = render_string(repository.workspace)
        defaults = f"    defaults:\n      run:\n        working-directory: {place}\n"
    values = {
        "@BRANCH@": render_string(repository.default_branch),
        "@CHECKOUT@": pins.pin(pins.CHECKOUT).uses(),
        "@DEFAULTS@": defaults,
        "@LOCKED@": " --locked" if repository.lock_committed else "",
        "@TOOLCHAIN@": toolchain,
    }
    text = resources.files("cargo_hone.ci").joinpath("templates", "ci.yml").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return _marked(text.encode())


def is_unchanged(source: bytes) -> bool:
    """Whether a workflow that our steps were taken out of is one that `new_workflow` wrote, and nothing else."""
    first, _, rest = source.partition(b"\n")
    return first.startswith(_MARK) and _marked(rest) == source


def without_mark(source: bytes) -> bytes:
    """Take our first line off a workflow that others have changed since."""
    first, _, rest = source.partition(b"\n")
    return rest if first.startswith(_MARK) else source


def _marked(text: bytes) -> bytes:
    return _MARK + hashlib.sha256(text).hexdigest()[:16].encode() + b"\n" + text
