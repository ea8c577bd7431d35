"""Each cause by itself, on calls and target directories that are made up; real ones are in test_second_checkout."""

from pathlib import Path

import pytest

from cargo_hone.cache.call_log import Call, Result
from cargo_hone.cache.miss_reasons import Cause, Reason, Sides, reasons


class Room:
    """Two target directories, and the call of one unit in each."""

    def __init__(self, base: Path) -> None:
        self.sides = Sides(first=base / "one", second=base / "two" / "deeper")
        for side in (self.sides.first, self.sides.second):
            (side / "deps").mkdir(parents=True)

    def write(self, path: str, first: str | None, second: str | None) -> None:
        for side, text in ((self.sides.first, first), (self.sides.second, second)):
            if text is not None:
                (side / path).write_text(text)

    def call(self, side: Path, *more: str) -> Call:
        more = tuple(one.replace("TARGET", str(side)) for one in more)
        arguments = (
            *("--crate-name", "a", "/registry/a/src/lib.rs", "-C", "extra-filename=-1"),
            *("--out-dir", str(side / "deps"), "-L", f"dependency={side}/deps", *more),
        )
        return Call(arguments=arguments, result=Result.MISS, key=f"key of {side}")

    def reasons(self, *more: str) -> tuple[Reason, ...]:
        return reasons(
            self.call(self.sides.second, *more),
            self.call(self.sides.first, *more),
            sides=self.sides,
            first_keys=frozenset({f"key of {self.sides.first}"}),
        )


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_nothing_differs(room: Room) -> None:
    room.write("deps/libb-2.rmeta", "same", "same")
    room.write("deps/a-1.d", "# env-dep:X=1\n# env-dep:UNSET\n", "# env-dep:X=1\n# env-dep:UNSET\n")
    found = room.reasons("--extern", "b=TARGET/deps/libb-2.rmeta")
    assert found == (Reason(cause=Cause.UNEXPLAINED),)


def test_a_variable(room: Room) -> None:
    room.write(
        "deps/a-1.d", "# env-dep:OUT_DIR=/one\n# env-dep:X", "# env-dep:OUT_DIR=/two\n# env-dep:X"
    )
    assert room.reasons() == (Reason(cause=Cause.ENVIRONMENT, what=("OUT_DIR",)),)


def test_dependencies(room: Room) -> None:
    room.write("deps/libb-2.rmeta", "one", "two")
    room.write("deps/libc-3.so", "same", "same")
    room.write("deps/libd-4.rlib", None, "new")
    externs = [
        word
        for path in ("b=TARGET/deps/libb-2.rmeta", "c=TARGET/deps/libc-3.so", "d=TARGET/deps/libd-4.rlib")
        for word in ("--extern", path)
    ]  # fmt: skip
    found = room.reasons(*externs, "--extern", "proc_macro")
    assert found == (Reason(cause=Cause.DEPENDENCY, what=("b-2", "d-4")),)


def test_a_static_library(room: Room) -> None:
    room.write("deps/libz.a", "one", "two")
    found = room.reasons("-L", "native=TARGET/deps", "-l", "static=z", "-l", "dylib=ssl")
    assert found == (Reason(cause=Cause.STATIC_LIBRARY, what=("libz.a",)),)


def test_arguments(room: Room) -> None:
    found = room.reasons("--cfg", 'at="TARGET"')
    assert found == (Reason(cause=Cause.ARGUMENTS, what=(f'at="{room.sides.second}"',)),)


def test_two_causes_are_two_reasons(room: Room) -> None:
    room.write("deps/a-1.d", "# env-dep:OUT_DIR=/one", "# env-dep:OUT_DIR=/two")
    room.write("deps/libb-2.rmeta", "one", "two")
    found = room.reasons("--extern", "b=TARGET/deps/libb-2.rmeta")
    assert [reason.cause for reason in found] == [Cause.ENVIRONMENT, Cause.DEPENDENCY]


def test_the_same_key_and_a_unit_that_was_not_there(room: Room) -> None:
    call = room.call(room.sides.second)
    kept = reasons(call, None, sides=room.sides, first_keys=frozenset({call.key}))
    assert kept == (Reason(cause=Cause.NOT_KEPT),)
    new = reasons(call, None, sides=room.sides, first_keys=frozenset())
    assert new == (Reason(cause=Cause.NOT_COMPILED),)


def test_c_has_arguments_and_a_preprocessed_source(room: Room) -> None:
    def c(side: Path, *more: str) -> Call:
        words = ("-c", "a.c", "-o", f"{side}/a.o", "-I", f"{side}/include", f"-I{side}", *more)
        return Call(arguments=words, result=Result.MISS, key=str(side))

    sides = room.sides
    one, two = c(sides.first), c(sides.second)
    found = reasons(two, one, sides=sides, first_keys=frozenset())
    assert found == (Reason(cause=Cause.PREPROCESSED),)
    mapped = f"-ffile-prefix-map={sides.second}=."
    found = reasons(c(sides.second, mapped), one, sides=sides, first_keys=frozenset())
    assert found == (Reason(cause=Cause.ARGUMENTS, what=(mapped,)),)
