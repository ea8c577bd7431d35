"""The one way an edit says no."""

from cargo_hone.errors import UsageProblem


class EditRefused(UsageProblem):
    """The edit could not be made so that only the meant thing changes; nothing was changed (exit 2)."""
