"""What somebody may have meant who named something that is not there."""

from collections.abc import Collection
from difflib import get_close_matches


def near_matches(name: str, known: Collection[str]) -> str:
    """Return `; did you mean …?` for a message, or nothing where no known name is near."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else ""
