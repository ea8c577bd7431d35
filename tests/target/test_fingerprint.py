"""Fingerprints as cargo writes them, and as they may lie there broken."""

import json
from pathlib import Path

import pytest

from cargo_hone.target.fingerprint import Edge, Fingerprint, Unreadable, read_fingerprint
from tests.target.tiny import Tiny

GOOD = {
    "rustc": 1,
    "features": '["a"]',
    "declared_features": "[]",
    "target": 2,
    "profile": 3,
    "path": 4,
    "deps": [[5, "foo", False, 2**64 - 2]],
    "local": [],
    "rustflags": ["-g"],
    "config": 6,
    "compile_kind": 0,
}


def written(
    directory: Path, *, text: str | None = None, own: str = "feffffffffffffff"
) -> list[str]:
    (directory / "lib-foo").write_text(own)
    (directory / "lib-foo.json").write_text(json.dumps(GOOD) if text is None else text)
    (directory / "dep-lib-foo").write_text("")
    return [path.name for path in directory.iterdir()]


def test_the_hash_is_little_endian_and_edges_name_it(tmp_path: Path) -> None:
    found = read_fingerprint(tmp_path, written(tmp_path))
    assert isinstance(found, Fingerprint)
    assert found.own == 2**64 - 2
    assert found.edges == (Edge(package_id=5, name="foo", fingerprint=2**64 - 2),)
    assert (found.name, found.rustflags, found.features) == ("lib-foo", ("-g",), '["a"]')


def test_a_compilation_that_did_not_end_keeps_its_edges(tmp_path: Path) -> None:
    found = read_fingerprint(tmp_path, written(tmp_path, own=""))
    assert isinstance(found, Fingerprint)
    assert found.own is None
    assert len(found.edges) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps(GOOD | {"deps": [[1, "x"]]}),
        json.dumps(GOOD | {"path": "4"}),
    ],
)
def test_what_is_malformed_is_a_value_with_a_reason(tmp_path: Path, text: str) -> None:
    found = read_fingerprint(tmp_path, written(tmp_path, text=text))
    assert isinstance(found, Unreadable)
    assert "lib-foo.json" in found.reason
    assert not found.unfinished


@pytest.mark.parametrize("own", ["abc", "zzzzzzzzzzzzzzzz", "00" * 9])
def test_a_hash_that_is_none_is_malformed(tmp_path: Path, own: str) -> None:
    found = read_fingerprint(tmp_path, written(tmp_path, own=own))
    assert isinstance(found, Unreadable)


def test_two_fingerprints_in_one_directory_are_not_told_apart(tmp_path: Path) -> None:
    (tmp_path / "lib-bar.json").write_text("{}")
    found = read_fingerprint(tmp_path, written(tmp_path))
    assert isinstance(found, Unreadable)
    assert not found.unfinished


def test_without_a_fingerprint_it_never_ended(tmp_path: Path) -> None:
    found = read_fingerprint(tmp_path, ["invoked.timestamp"])
    assert isinstance(found, Unreadable)
    assert found.unfinished


def test_every_edge_of_a_real_target_resolves(built: Tiny) -> None:
    graph = built.state().graph
    assert sum(len(needed) for needed in graph.needs.values()) > 20
    assert graph.unresolved == {}


def test_all_documentation_of_a_package_is_one_unit(tmp_path: Path) -> None:
    """cargo keeps the library's and the programs' in one directory; the program needs the library and what it needs."""
    needs = [[7, "other", False, 8], [5, "foo", False, 16]]
    for name, own, edges in (("doc-bin-tool", 17, needs), ("doc-lib-foo", 16, GOOD["deps"])):
        (tmp_path / name).write_text(own.to_bytes(8, "little").hex())
        (tmp_path / f"{name}.json").write_text(json.dumps(GOOD | {"deps": edges}))
    names = [path.name for path in tmp_path.iterdir()]
    found = read_fingerprint(tmp_path, names)
    assert isinstance(found, Fingerprint)
    assert (found.name, found.own) == ("doc-lib-foo", 16)
    assert {edge.name for edge in found.edges} == {"foo", "other"}
    assert {edge.fingerprint for edge in found.edges} == {2**64 - 2, 8}
    several = read_fingerprint(tmp_path, [*names, "lib-foo", "lib-foo.json"])
    assert isinstance(several, Unreadable)
    assert not several.unfinished
