"""Asking, where somebody is there to answer."""

import sys

from cargo_hone.ui.console import Console


def confirmed(console: Console, question: str) -> bool:
    """Ask a yes-or-no question; without a terminal nothing is asked, and the answer is no."""
    if not (sys.stdin.isatty() and console.err.isatty()):
        console.err.write("nothing was changed: no terminal to ask at; say --yes to go ahead\n")
        return False
    console.err.write(f"{question} [y/N] ")
    console.err.flush()
    answer = sys.stdin.readline().strip().lower()
    if answer in {"y", "yes"}:
        return True
    console.err.write("nothing was changed\n")
    return False
