"""Which cargo commands are found in a script."""

import pytest

from cargo_hone.workspace.cargo_commands import commands


def found(script: str) -> list[str]:
    return [f"{call.program} {call.subcommand}" for call in commands(script) if call.builds]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cargo build", ["cargo build"]),
        ("set -e\ncargo test\ncargo clippy -- -D warnings", ["cargo test", "cargo clippy"]),
        ("RUSTFLAGS='-C x=y' cargo +nightly -Zfoo build", ["cargo build"]),
        ("cargo --color always -q t", ["cargo t"]),
        ("if cargo check; then cargo run; fi", ["cargo check", "cargo run"]),
        ("(cd a && cargo b) || cargo doc", ["cargo b", "cargo doc"]),
        ("cargo \\\n  nextest \\\n  run", ["cargo nextest"]),
        ("cargo test # cargo build", ["cargo test"]),
        ("~/.cargo/bin/cargo xtask ci", ["cargo xtask"]),
        ("xvfb-run -a cargo test", ["cargo test"]),
        ("cargo.exe build", ["cargo build"]),
        ("cross build --target ${{ matrix.target }}", ["cross build"]),
        ("cargo ${{ matrix.command || 'a b' }} --all", ["cargo GITHUB_EXPRESSION"]),
        ("cargo build\r\ncargo test\r\n", ["cargo build", "cargo test"]),
        ("echo 'over\nlines' && cargo build", []),
        ("cargo fmt --check; cargo deny check; cargo metadata", []),
        ("cargo --version && cargo -V", []),
        ("rustup component add cargo", []),
        ("echo cargo build", []),
        ("apt-get install -y cargo", []),
        ("which cargo", []),
        ("scargo build; mycargo test", []),
        ("", []),
    ],
)
def test_builds(script: str, expected: list[str]) -> None:
    assert found(script) == expected


def test_what_is_held_to_the_lock_file() -> None:
    text = "cargo build --locked\ncargo test --frozen\ncargo run"
    assert [call.locked for call in commands(text)] == [True, True, False]


def test_where_a_command_works() -> None:
    first, second = commands(
        "cargo b --manifest-path a/b/Cargo.toml\ncargo b --manifest-path=Cargo.toml"
    )
    assert (first.manifest_dir, second.manifest_dir) == ("a/b", ".")


def test_what_changes_the_lock_file() -> None:
    assert [call.changes_lock for call in commands("cargo update -p a; cargo build")] == [
        True,
        False,
    ]
