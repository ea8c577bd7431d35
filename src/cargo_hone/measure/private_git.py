"""A private `.git` for the scratch copy: the same HEAD, refs and index, the user's objects by reference.

Build scripts ask git for versions (vergen), and cargo asks it for a package's files; both must get the user's
answers. A worktree or a clone would do, but a worktree is registered in the user's repository and a clone does
not take the index; so the few files are written here. The user's `.git` is only read.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cargo_hone.measure.repository import Repository, git, required

_KEPT_SECTIONS = frozenset({"filter", "status", "user"})
_KEPT_CORE = frozenset(
    {
        *("attributesfile", "autocrlf", "checkstat", "eol", "excludesfile", "filemode"),
        *("ignorecase", "precomposeunicode", "quotepath", "safecrlf", "sparsecheckout"),
        *("sparsecheckoutcone", "symlinks", "trustctime"),
    }
)
_QUIET = "[core]\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"


def make_private_git(original: Repository, scratch: Path, *, unseen: Sequence[str]) -> None:
    """Give `scratch`, a copy of the work tree, a `.git` in which `git status` answers as in the original.

    `unseen` are exclude patterns for what we put there ourselves. Raises Unavailable where git fails.
    """
    object_format = original.required("rev-parse", "--show-object-format").decode().strip()
    start_repository(scratch, original.environ, object_format=object_format, unseen=unseen)
    private = scratch / ".git"
    alternates = private / "objects" / "info" / "alternates"
    alternates.write_text(f"{original.path('objects').resolve()}\n")
    _copy_refs(original, private)
    shared = original.path("index").parent.glob("sharedindex.*")
    for source in (original.path("index"), *shared):
        _copy_if_there(source, private / source.name)
    _copy_if_there(original.path("shallow"), private / "shallow")
    for name in ("info/attributes", "info/sparse-checkout"):
        _copy_if_there(original.path(name), private / name)
    exclude = original.path("info/exclude")
    if exclude.is_file():
        ours = (private / "info" / "exclude").read_text()
        (private / "info" / "exclude").write_bytes(exclude.read_bytes() + b"\n" + ours.encode())
    with (private / "config").open("a") as config:
        config.writelines(_kept_settings(original))


def start_repository(
    directory: Path,
    environ: Mapping[str, str],
    *,
    unseen: Sequence[str],
    object_format: str = "sha1",
) -> None:
    """Make an empty repository that runs no hooks and no maintenance, and ignores what `unseen` matches.

    Raises ToolMissing without git, Unavailable where it fails.
    """
    words = ("init", "--quiet", "--template=", f"--object-format={object_format}", ".")
    required(git(directory, environ, *words), directory)
    private = directory / ".git"
    for needed in ("info", "objects/info"):
        (private / needed).mkdir(exist_ok=True)
    (private / "info" / "exclude").write_text("".join(f"{pattern}\n" for pattern in unseen))
    with (private / "config").open("a") as config:
        config.write(_QUIET)


def _copy_refs(original: Repository, private: Path) -> None:
    """Write all refs as packed ones, and HEAD as it is: on a branch (with or without commits) or detached."""
    refs = original.required("for-each-ref", "--format=%(objectname) %(refname)")
    (private / "packed-refs").write_bytes(refs)
    branch = original.git("symbolic-ref", "--quiet", "HEAD")
    if branch.ok:
        (private / "HEAD").write_bytes(b"ref: " + branch.stdout)
    else:
        (private / "HEAD").write_bytes(original.required("rev-parse", "HEAD"))


def _copy_if_there(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # a repository without commits has no index yet
        shutil.copy2(source, target)


def _kept_settings(original: Repository) -> Iterator[str]:
    """Yield the local settings that decide what `git status` says; remotes, which may hold tokens, stay out."""
    fields = original.required("config", "--list", "--show-scope", "-z").decode().split("\0")
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        kept = section in _KEPT_SECTIONS or (section == "core" and name in _KEPT_CORE)
        if scope in {"local", "worktree"} and kept:
            heading = f'{section} "{_escaped(subsection)}"' if subsection else section
            shown = _escaped(value).replace("\n", "\\n")
            yield f'[{heading}]\n\t{name} = "{shown}"\n'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
