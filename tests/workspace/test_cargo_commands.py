"""The calls of cargo in a script, and the lines they stand on."""

import pytest

from cargo_hone.workspace.cargo_commands import commands


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cargo build", [("build", 0)]),
        ("set -e\ncargo +nightly --color always test --locked", [("test", 1)]),
        ("a=1 \\\n  cargo check\ncargo doc", [("check", 0), ("doc", 2)]),
        ("cargo build && (cross test; ~/.cargo/bin/cargo run)", [("build", 0), ("test", 0), ("run", 0)]),
        ("echo cargo build\napt-get install cargo\ncargo --version", []),
        ("echo '${{ toJSON(\n matrix) }}'\ncargo bench", [("bench", 2)]),
        ("cargo build \\\n\\\n --release", [("build", 0)]),
        ("cargo build \\", [("build", 0)]),
        ("x='a\ncargo fmt'\ncargo b", [("b", 2)]),
    ],
)  # fmt: skip
def test_what_and_where(script: str, expected: list[tuple[str, int]]) -> None:
    assert [(one.subcommand, one.line) for one in commands(script)] == expected


def test_options() -> None:
    (one,) = commands(
        "CARGO_TARGET_DIR=out cargo +1.80 test --frozen --manifest-path=sub/Cargo.toml -p a"
    )
    assert (one.toolchain, one.locked, one.manifest_dir, one.target_dir) == (
        *("1.80", True, "sub", "out"),
    )
    assert one.arguments == (
        "+1.80",
        "test",
        "--frozen",
        "--manifest-path=sub/Cargo.toml",
        "-p",
        "a",
    )
    assert one.builds
    assert not one.changes_lock
