"""Damaged, strange and hostile target directories, one for each number.

A case is a small target directory of ours, with something dead in it, to which a handful of mischiefs is done. What
nobody but the user can have put there (`unknown`) must be there after any sweep; so must all that lies `outside`,
where links lead.
"""

import contextlib
import os
import random
import shutil
import subprocess
from pathlib import Path

from tests.sweep.fuzz_case import Case, look
from tests.sweep.mischiefs import MISCHIEFS, deep_nest, unreadable_directory
from tests.sweep.synthetic import EARLY_NS, FakeTarget, FakeUnit


def make(base: Path, number: int) -> Case:
    """Write case `number` below `base`, which must not exist."""
    chance = random.Random(number)  # noqa: S311 (the same directory for the same number)
    case = Case(base=base, random=chance, target=FakeTarget(root=base / "ws" / "target"))
    _outside(case)
    _units(case)
    for mischief in chance.choices(MISCHIEFS, k=chance.randint(1, 4)):
        # One mischief may have taken away what the next one needs.
        with contextlib.suppress(OSError):
            mischief(case)
            case.story.append(mischief.__name__)
    # A later mischief may have moved away what an earlier one left, or put something into it.
    case.unknown = {path: look(path) for path in case.unknown if os.path.lexists(path)}
    return case


def _outside(case: Case) -> None:
    deep = case.outside / "deep"
    deep.mkdir(parents=True)
    (case.outside / "precious").write_text("keep me")
    (deep / "lib-x.json").write_text("{}")
    (case.outside / "linked").write_bytes(b"x" * 5000)
    (deep / ".cargo-lock").touch()


def _units(case: Case) -> None:
    target = case.target
    target.start()
    dep = FakeUnit(package="dep", number=0xD1, has_build_directory=True)
    app = FakeUnit(package="app", number=0xA1, needs=(dep,))
    program = FakeUnit(
        package="app", number=0xA2, file="bin-app", needs=(app, dep), endings=("", ".d")
    )
    gone = FakeUnit(package="gone", number=0xE1, has_build_directory=True, output_bytes=9000)
    for unit in (dep, app, program, gone):
        target.add(unit)
    if case.random.random() < 0.5:
        target.add(FakeUnit(package="above", number=0xE2, needs=(gone,)))
    target.add_sessions("app", [EARLY_NS // 1000, EARLY_NS // 1000 + 500_000])
    (target.profile / "deps" / "liblost-00000000000000f1.rlib").write_bytes(b"o" * 5000)
    os.link(target.profile / "deps" / f"app-{program.hash}", target.profile / "app")


def remove(case: Case) -> None:
    """Remove a case, whatever permissions a mischief took, at any depth."""
    if unreadable_directory.__name__ in case.story:
        subprocess.run(["chmod", "-R", "u+rwx", case.base], check=True)
    if deep_nest.__name__ in case.story:
        subprocess.run(["rm", "-rf", case.base], check=True)
    else:
        shutil.rmtree(case.base)
