"""Whether a directory is one workspace's alone: where others may build into it, nothing of theirs can be called dead.

Inside the workspace it is. Outside, `CARGO_TARGET_DIR` or a flat `build.build-dir` is shared by all who set it. Only
a path that cargo itself made from the workspace's (`{workspace-path-hash}`, in cargo 1.91 and later) is not.
"""

import os
import re
from pathlib import Path

from cargo_hone.target.premises import Premises, unknown_premises

_PATH_HASH = re.compile(r"/[0-9a-f]{2}/[0-9a-f]{14}(/|$)")
"""cargo writes the 16 digits of the hash of the root manifest's path as `ab/cdef0123456789` (`custom_build_dir`)."""


def premises_for(root: Path, premises: Premises) -> tuple[Premises, str]:
    """Return what may be concluded of `root` from what is known of a workspace, and why it is less ("": all).

    Of a directory that others may build into nothing is known: only what no build anywhere can use is dead then
    (leftovers without a fingerprint, superseded incremental sessions), and all units are alive.
    """
    real = Path(os.path.realpath(root))
    if real.is_relative_to(os.path.realpath(premises.root)) or _is_made_for(real, premises):
        return premises, ""
    return (
        unknown_premises(root),
        f"{root} lies outside {premises.root}, so other workspaces may build into it too",
    )


def _is_made_for(real: Path, premises: Premises) -> bool:
    return (
        premises.build_dir is not None
        and Path(os.path.realpath(premises.build_dir)) == real
        and _PATH_HASH.search(os.fspath(premises.build_dir)) is not None
    )
