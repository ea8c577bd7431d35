"""Durations as people write them: `30m`, `1h30m`, `90s`."""

import re

import click


class Duration(click.ParamType[float]):
    """Seconds, from text."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the text; click's own error for what is none."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", str(value).strip())
        if match is None or not any(match.groups()):
            self.fail(f"{value!r} is not a duration; write it like 30m, 1h30m or 90s", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
