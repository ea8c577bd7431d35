"""On every manifest that cargo has fetched onto this machine: set and removed again, byte for byte."""

import os
import tomllib
from pathlib import Path

import pytest

from cargo_hone.edit.toml import RemoveKey, SetValue, apply_edits, parse

CARGO_HOME = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
MANIFESTS = sorted(CARGO_HOME.glob("registry/src/*/*/Cargo.toml"))
PATHS = [("profile", "hone-dev", "package", "*", "debug"), ("package", "hone-key")]


@pytest.mark.skipif(not MANIFESTS, reason="no registry sources on this machine")
def test_manifests_are_byte_identical_after_set_and_remove() -> None:
    refused: list[str] = []
    for manifest in MANIFESTS:
        source = manifest.read_bytes()
        try:
            parse(source.decode())
        except ValueError:
            refused.append(str(manifest))
            continue
        edited = apply_edits(source, [SetValue(path=path, value="x") for path in PATHS])
        assert edited.count(b"\n") == source.count(b"\n") + 4
        data = tomllib.loads(edited.decode())
        assert data["profile"]["hone-dev"]["package"]["*"]["debug"] == "x"
        assert data["package"]["hone-key"] == "x"
        removals = [RemoveKey(path=path, prune=len(path) > 2) for path in PATHS]
        assert apply_edits(edited, removals) == source, manifest
    assert len(refused) < len(MANIFESTS)
    print(f"{len(MANIFESTS) - len(refused)} manifests, {len(refused)} are not TOML")  # noqa: T201
