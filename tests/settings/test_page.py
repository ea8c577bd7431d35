"""The page of the settings names every key with its default."""

from pathlib import Path

import msgspec

from cargo_hone.settings import model

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()


def tables(table: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    inner = [
        field.type
        for field in msgspec.structs.fields(table)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
    ]
    return [table, *(one for child in inner for one in tables(child))]


def test_every_key_and_every_default_is_on_the_page() -> None:
    checked = 0
    for table in (*tables(model.Settings), model.OwnScenario):
        for field in msgspec.structs.fields(table):
            if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                continue
            assert f"`{field.encode_name}`" in PAGE or f"[{field.encode_name}." in PAGE, field
            if isinstance(field.default, str) and 0 < len(field.default) < 20:
                assert f"`{field.default}`" in PAGE, field
                checked += 1
    assert checked > 15
