"""`cargo hone`, `cargo-hone`, `python -m cargo_hone`."""

import atexit
import gc
import io
import sys


def main() -> int:
    """Run the program and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a dash or a path is no reason to fail after an hour of measuring.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = sys.argv[1:]
    # `cargo hone …` runs `cargo-hone hone …`.
    if arguments[:1] == ["hone"]:
        arguments = arguments[1:]
    if arguments in (["--version"], ["-V"]):
        # The answer to the question that scripts ask most often imports nothing else.
        from cargo_hone import __version__

        sys.stdout.write(f"cargo-hone {__version__}\n")
        return 0
    from cargo_hone.cli.ending import guarded
    from cargo_hone.proc import interrupt_on_terminate

    # At its end Python looks for circles in all that there is: some 15 ms for nothing. Frozen things are passed over.
    atexit.register(gc.freeze)
    interrupt_on_terminate()

    def body() -> int:
        from cargo_hone.cli.program import run

        return run(arguments)

    return guarded(body)


if __name__ == "__main__":
    sys.exit(main())
