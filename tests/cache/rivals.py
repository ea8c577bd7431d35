"""The real rivals, where somebody has installed them (`make rivals`, or on PATH)."""

import os
import shutil
from pathlib import Path

import pytest

_MADE = Path(__file__).parents[2] / ".rivals" / "bin"


def path_with(name: str) -> str:
    """Return a PATH on which the engine is found; skips the test where it is not installed."""
    path = f"{_MADE}{os.pathsep}{os.environ['PATH']}"
    if shutil.which(name, path=path) is None:
        pytest.skip(f"{name} is not installed (make rivals installs it)")
    return path
