"""Sizes as an option of the command line."""

import click

from cargo_hone.errors import UsageProblem
from cargo_hone.quantity import parse_bytes


class Size(click.ParamType[int]):
    """Bytes, from text."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read the text; click's own error for what is none."""
        if isinstance(value, int):
            return value
        try:
            return parse_bytes(str(value))
        except UsageProblem as problem:
            self.fail(f"{problem.message}; {problem.next_step}", param, ctx)
