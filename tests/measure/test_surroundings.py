from pathlib import Path

from cargo_hone.measure.surroundings import not_in_effect

from .workspaces import write_files


def test_beside_the_original_everything_is_in_effect(tmp_path: Path) -> None:
    write_files(tmp_path, {".cargo/config.toml": "", "rust-toolchain": "", "a/ws/Cargo.toml": ""})
    outside = tmp_path / "shared" / "Cargo.toml"
    top = tmp_path / "a" / "ws"
    assert not_in_effect(top, tmp_path / "a", manifests=[outside]) == ()


def test_elsewhere_it_is_said_what_is_not(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            ".cargo/config.toml": "",
            "a/rust-toolchain.toml": "",
            "a/.cargo/config.toml": "",
            "a/ws/rust-toolchain.toml": "",
            "a/ws/.cargo/config.toml": "",
            "b/keep": "",
        },
    )
    top = tmp_path / "a" / "ws"
    manifests = [top / "member/Cargo.toml", tmp_path / "a/beside/Cargo.toml"]
    said = not_in_effect(top, tmp_path / "b", manifests=manifests)
    assert len(said) == 3
    assert str(tmp_path / "a/.cargo/config.toml") in said[0]
    assert str(tmp_path / "a/rust-toolchain.toml") in said[1]
    assert str(tmp_path / "a/beside") in said[2]
