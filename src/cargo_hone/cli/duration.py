"""Durations as an option of the command line."""

import click

from cargo_hone.errors import UsageProblem
from cargo_hone.quantity import parse_seconds


class Duration(click.ParamType[float]):
    """Seconds, from text."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the text; click's own error for what is none."""
        if isinstance(value, float):
            return value
        try:
            return parse_seconds(str(value))
        except UsageProblem as problem:
            self.fail(f"{problem.message}; {problem.next_step}", param, ctx)
