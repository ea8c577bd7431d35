import os
from pathlib import Path

from cargo_hone.cargo import timings
from cargo_hone.cargo.build import build
from cargo_hone.proc import clean_environment


def test_a_real_report_names_each_unit_with_its_time(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "small"\nedition = "2021"\n')
    (tmp_path / "src/lib.rs").write_text("pub fn one() -> u32 { 1 }\n")
    (tmp_path / "src/main.rs").write_text('fn main() { println!("{}", small::one()) }\n')
    target = tmp_path / "elsewhere"
    env = clean_environment(os.environ)
    build(cwd=tmp_path, args=["build", "--timings"], env=env, target_dir=target)
    units = timings.read(target)
    assert [unit.package for unit in units] == ["small", "small"]
    assert all(unit.duration_s > 0 for unit in units)


def test_no_report_or_another_format_is_no_time(tmp_path: Path) -> None:
    assert timings.read(tmp_path) == ()
    page = tmp_path / "cargo-timings" / "cargo-timing.html"
    page.parent.mkdir()
    page.write_text("<html>something new</html>")
    assert timings.read(tmp_path) == ()
