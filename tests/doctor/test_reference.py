"""The pages in the documentation are the ones that the program ships."""

from pathlib import Path

from cargo_hone.doctor.reference import files

PLACE = Path(__file__).parents[2] / "docs" / "reference" / "rules"


def test_the_documentation_is_what_the_program_ships() -> None:
    there = {path.name: path.read_text("utf-8") for path in PLACE.iterdir()}
    assert there == files(), "python -m cargo_hone.doctor.reference docs/reference/rules"
