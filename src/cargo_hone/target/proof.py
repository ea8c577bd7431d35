"""Whether a directory is a cargo target directory: by what cargo left in it, never by its name."""

from pathlib import Path

from cargo_hone.target.layout import Layout, LayoutKind
from cargo_hone.target.mark import is_marked


def refusal(root: Path, layout: Layout) -> str:
    """Say why `root` is not to be taken for a target directory; "" where cargo's own files prove it.

    A profile directory that cargo filled is needed, and one of: cargo's CACHEDIR.TAG, .rustc_info.json, a
    profile's lock file. The tag alone proves nothing: the cargo home's registry carries the same one (1.95),
    and it is missing where the directory existed before its first build. Raises OSError where a file cannot
    be read.
    """
    if root.is_symlink():
        return f"it is a symbolic link: name the directory itself, {root.resolve()}"
    if not root.is_dir():
        return "there is no such directory"
    if layout.kind is LayoutKind.EMPTY:
        return "there is nothing in it that cargo built"
    if is_marked(root) or any(profile.lock_files for profile in layout.profiles):
        return ""
    return "it has neither cargo's CACHEDIR.TAG nor .rustc_info.json nor a lock file of cargo's"
