"""The settings that the doctor obeys, read only where there are any."""

import subprocess
import sys
from pathlib import Path

from cargo_hone.cache.capacity import parse
from cargo_hone.doctor import wishes
from cargo_hone.settings import read as settings
from cargo_hone.settings.model import Settings


def test_it_is_the_file_of_the_settings() -> None:
    assert wishes.FILE == settings.FILE


def test_without_settings_they_are_the_defaults(tmp_path: Path) -> None:
    found = wishes.read(tmp_path, {"PATH": "/bin"})
    default = Settings()
    assert found.ignore == tuple(default.doctor.ignore)
    assert found.remote == default.cache.remote
    assert found.capacity == parse(default.cache.size)


def test_the_file_and_the_environment_count(tmp_path: Path) -> None:
    path = tmp_path / wishes.FILE
    path.parent.mkdir()
    path.write_text('[doctor]\nignore = ["HONE013"]\n[cache]\nremote = "redis://cache"\n')
    assert wishes.read(tmp_path, {}).ignore == ("HONE013",)
    assert wishes.read(tmp_path, {}).remote == "redis://cache"
    path.unlink()
    assert str(wishes.read(tmp_path, {"HONE_CACHE_SIZE": "7G"}).capacity) == str(parse("7G"))


def test_what_takes_long_to_import_is_left_out_where_nobody_needs_it() -> None:
    heavy = ("msgspec", "tomlrt", "sqlite3", "yaml", "concurrent.futures", "logging")
    code = (
        f"import sys, cargo_hone.cli.doctor_look\nprint([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
