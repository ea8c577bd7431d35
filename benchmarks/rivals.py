"""Where other people's programs are: on PATH, or where `make rivals` put them."""

import shutil
from pathlib import Path

MADE = Path(".rivals/bin")


def find(program: str) -> str | None:
    """Return the path of a program, None where there is none."""
    found = shutil.which(program) or shutil.which(program, path=str(MADE))
    return str(Path(found).resolve()) if found else None
