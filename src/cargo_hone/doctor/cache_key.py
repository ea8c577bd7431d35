"""What the key of a cache changes with."""

import fnmatch
import re
from collections.abc import Iterator

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_HASHED = re.compile(r"hashFiles\(([^)]*)\)", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']*)'")
# What changes with every run or commit, and what another place of the workflow decides.
_UNKNOWN = ("github.sha", "github.run_", "steps.", "needs.", "env.", "inputs.", "vars.")


def expressions(key: str) -> tuple[str, ...]:
    """The texts between `${{` and `}}`."""
    return tuple(_EXPRESSION.findall(key))


def is_unknown(key: str) -> bool:
    """Whether a part of it changes all the time, or is not known here."""
    return any(word in text for text in expressions(key) for word in _UNKNOWN)


def hashes(key: str, name: str) -> bool:
    """Whether `hashFiles` takes in the file of this name, by any of its patterns."""
    return any(fnmatch.fnmatchcase(name, pattern.rpartition("/")[2]) for pattern in _patterns(key))


def _patterns(key: str) -> Iterator[str]:
    for text in expressions(key):
        for arguments in _HASHED.findall(text):
            yield from _QUOTED.findall(arguments)
