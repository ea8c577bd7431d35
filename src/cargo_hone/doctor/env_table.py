"""The `[env]` table of cargo's configuration: a value, or a table with `value` in it (cargo book, "[env]")."""

from cargo_hone.doctor.toml_file import TomlFile


def env_value(file: TomlFile, name: str) -> str | None:
    """What the file sets a variable to; None where it does not."""
    found = file.value("env", name)
    if isinstance(found, dict):
        found = found.get("value")
    return found if isinstance(found, str) else None
