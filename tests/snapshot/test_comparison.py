"""Which units a change spoils that cargo does not see."""

from collections.abc import Iterable

import pytest
from blake3 import blake3
from msgspec.structs import replace

from cargo_hone.snapshot.comparison import compare, doubts, spoiled, with_dependents
from cargo_hone.snapshot.inputs import Scan
from cargo_hone.snapshot.manifest import ABSENT, Input, InputDirectory, Manifest, Unit
from tests.snapshot.shipments import manifest

PATHS = (
    b"a/src/lib.rs",
    b"a/src/main.rs",
    b"a/data.txt",
    b"a/build.rs",
    b"b/src/lib.rs",
    b"/etc/x",
)
LIB, BIN, SCRIPT, SILENT, OTHER, FOREIGN = range(6)


def an_input(path: bytes, text: str = "", *, mtime_ns: int = 1) -> Input:
    return Input(path, len(text), mtime_ns, blake3(text.encode()).digest())


def a_unit(package: str, *inputs: bytes, is_local: bool = True) -> Unit:
    numbers = tuple(PATHS.index(path) for path in inputs)
    return Unit(package, package, b"debug", is_local, False, (), numbers)


UNITS = (
    a_unit("a", b"a/src/lib.rs"),
    a_unit("a", b"a/src/main.rs", b"a/data.txt"),
    replace(a_unit("a", b"/etc/x"), watched=(b"/opt/schema",)),
    replace(a_unit("b"), watches_package=True),
    replace(a_unit("b", b"b/src/lib.rs"), reads_files=True),
    a_unit("z", is_local=False),
)
BEFORE = replace(
    manifest(()),
    units=UNITS,
    inputs=tuple(map(an_input, PATHS)),
    packages={"a": b"a", "b": b"b"},
)


def scan(files: Iterable[Input], *, links: frozenset[bytes] = frozenset()) -> Scan:
    by_path = {one.path: one for one in files}
    ours = frozenset(path for path in by_path if not path.startswith(b"/")) - links
    return Scan(files=by_path, directories={}, ours=ours)


def after(
    path: bytes, text: str | None = "new", *, links: frozenset[bytes] = frozenset()
) -> set[int]:
    """What is spoiled once a file has another content (None: is gone)."""
    files = [one for one in BEFORE.inputs if one.path != path]
    files += [an_input(path, text)] if text is not None else []
    return set(spoiled(BEFORE, compare(BEFORE, scan(files, links=links))))


def test_nothing_has_changed() -> None:
    assert spoiled(BEFORE, compare(BEFORE, scan(BEFORE.inputs))) == {}


@pytest.mark.parametrize("text", ["new", None], ids=["changed", "gone"])
def test_a_module_is_what_cargo_looks_at_itself(text: str | None) -> None:
    assert after(b"a/src/lib.rs", text) == set()


def test_what_nobody_names_spoils_its_package_and_all_that_may_read_anything() -> None:
    assert after(b"a/other.txt") == {LIB, BIN, SCRIPT, SILENT, OTHER}
    assert after(b"a/build.rs", None) == {LIB, BIN, SCRIPT, SILENT, OTHER}


def test_what_lies_in_no_package_may_be_read_too() -> None:
    assert after(b"schema.json") == {SILENT, OTHER}
    assert after(b"../beside.json") == {SILENT, OTHER}
    assert after(b"Cargo.lock") == set()
    assert after(b".github/workflows/ci.yml") == set()


def test_what_another_unit_names_may_be_read_by_a_macro_unless_it_is_a_module() -> None:
    assert after(b"a/data.txt") == {OTHER}


def test_a_silent_build_script_may_have_read_whatever_its_package_has() -> None:
    """cargo sees only the newest file's time: nothing of one that is gone."""
    assert after(b"b/src/lib.rs", None) == {SILENT}


def test_what_lies_elsewhere_spoils_who_names_it() -> None:
    assert after(b"/etc/x") == {SCRIPT}
    assert after(b"/etc/x", None) == {SCRIPT}


def test_a_link_that_leads_to_another_content_cannot_be_told_by_its_time() -> None:
    assert after(b"a/src/lib.rs", links=frozenset({b"a/src/lib.rs"})) == {LIB}


def test_a_new_file_below_a_watched_directory_is_seen() -> None:
    assert after(b"/opt/schema/new") == {SCRIPT}
    assert after(b"/opt/schemas") == set()


def test_a_file_that_was_awaited_has_come() -> None:
    made: Manifest = replace(
        BEFORE,
        inputs=tuple(
            replace(one, digest=ABSENT) if one.path == b"/etc/x" else one for one in BEFORE.inputs
        ),
    )
    without = [one for one in BEFORE.inputs if one.path != b"/etc/x"]
    assert spoiled(made, compare(made, scan(without))) == {}
    assert set(spoiled(made, compare(made, scan(BEFORE.inputs)))) == {SCRIPT}


def test_dependents_come_along() -> None:
    needing = tuple(replace(unit, needs=((n + 1) % 6,)) for n, unit in enumerate(UNITS))
    assert set(with_dependents(replace(BEFORE, units=needing), {OTHER: ""})) == set(range(6))
    assert set(with_dependents(BEFORE, {OTHER: ""})) == {OTHER}


def test_what_was_written_after_the_compilation_is_in_doubt() -> None:
    def found(path: bytes, mtime_ns: int) -> set[int]:
        files = [one for one in BEFORE.inputs if one.path != path]
        seen = scan([*files, an_input(path, mtime_ns=mtime_ns)])
        packages = BEFORE.packages
        return set(doubts(UNITS, [100] * 6, scanned=seen, packages=packages))

    assert found(b"schema.json", 99) == set()
    assert found(b"schema.json", 101) == {SILENT, OTHER}
    # cargo sees that by itself.
    assert found(b"a/src/lib.rs", 101) == set()
    directories = {b"b/data": InputDirectory(b"b/data", 101, b"x" * 32)}
    seen = Scan(files=scan(BEFORE.inputs).files, directories=directories, ours=frozenset())
    assert set(doubts(UNITS, [100] * 6, scanned=seen, packages=BEFORE.packages)) == {SILENT, OTHER}
