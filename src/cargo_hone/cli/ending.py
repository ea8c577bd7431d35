"""The one place that turns errors into exit codes."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from cargo_hone import __version__
from cargo_hone.errors import Exit, HoneError


def guarded(body: Callable[[], int | None]) -> int:
    """Run the program and return its exit code; every error is said with what to do next."""
    try:
        return int(body() or Exit.OK)
    except HoneError as error:
        if error.detail:
            sys.stderr.write(error.detail.rstrip() + "\n\n")
        sys.stderr.write(f"error: {error.message}\n  next: {error.next_step}\n")
        return int(error.code)
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write(
            "\ninterrupted: what was measured is kept, what was changed is rolled back\n"
        )
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # `cargo hone … | head`: the reader has gone, which is no error of ours.
        sys.stderr.close()
        return int(Exit.OK)
    except Exception:  # noqa: BLE001 - the top: everything else is a bug, and is reported as one
        return _bug()


def _bug() -> int:
    # 18 ms that nobody else shall pay.
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    trace = traceback.format_exc()
    text = (
        f"cargo-hone {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
        f"arguments: {sys.argv[1:]}\n\n{trace}"
    )
    with tempfile.NamedTemporaryFile(
        "w", prefix="cargo-hone-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    sys.stderr.write(
        f"{trace}\nerror: this is a bug in cargo-hone\n"
        f"  next: please report it with the file {Path(file.name)} (look through it first)\n"
    )
    return int(Exit.BUG)
