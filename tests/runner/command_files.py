"""What steps write into the files that `GITHUB_OUTPUT` and `GITHUB_ENV` name."""

import contextlib


def pairs(text: str) -> dict[str, str]:
    """Read `NAME=VALUE` lines and `NAME<<END` blocks."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if "<<" in line and "=" not in line.split("<<")[0]:
            name, end = line.split("<<", 1)
            block: list[str] = []
            with contextlib.suppress(StopIteration):
                while (inner := next(lines)) != end:
                    block.append(inner)
            found[name] = "\n".join(block)
        elif "=" in line:
            name, value = line.split("=", 1)
            found[name] = value
    return found
