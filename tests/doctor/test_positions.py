"""Where things are, in each kind of file."""

from pathlib import Path

from cargo_hone.doctor import jsonc_file, toml_file, yaml_file
from cargo_hone.doctor.finding import Place

PATH = Path("/x")


def at(place: Place) -> tuple[int, int]:
    return place.line, place.column


def test_toml_keys_tables_and_what_is_inline() -> None:
    text = 'a.b = 1\n[t]\n  k = { in = { x = 1 } }\n[[list]]\nz = 1\n[[list]]\nz = 2\n[s."q.r"]\nw = 3\n'
    file = toml_file.parsed(PATH, b"\xef\xbb\xbf" + text.encode())
    assert at(file.place("a", "b")) == (1, 1)
    assert at(file.place("t", "k", "in", "x")) == (3, 16)
    assert at(file.place("list", "1", "z")) == (7, 1)
    assert at(file.place("s", "q.r", "w")) == (9, 1)
    assert at(file.place("t", "missing")) == (2, 1)
    assert at(file.place("nowhere")) == (1, 1)


def test_yaml_keys_items_and_aliases() -> None:
    text = "a: &x\n  b: [1, {c: 2}]\nd: *x\n"
    file = yaml_file.parsed(PATH, text.encode())
    assert at(file.place(("a", "b", 1, "c"))) == (2, 11)
    assert at(file.place(("d", "b"))) == (2, 3)
    assert at(file.place(("d", "none"))) == (3, 1)


def test_lines_of_scripts() -> None:
    text = (
        "a:\n  - run: |  # c\n\n      one\n      two three\n  - run: 'cargo run: x'\n"
        "  - run: >\n      folded\n      words\n  - run: plain\n      text\n"
    )
    file = yaml_file.parsed(PATH, text.encode())
    assert at(file.script_place(("a", 0, "run"), 2, "three")) == (5, 11)
    assert at(file.script_place(("a", 1, "run"), 0, "run")) == (6, 17)
    assert at(file.script_place(("a", 2, "run"), 1, "words")) == (7, 5)
    assert at(file.script_place(("a", 3, "run"), 1, "text")) == (10, 5)
    assert at(file.script_place(("a", 0, "run"), 2, "nothing")) == (2, 5)


def test_keys_of_json_with_comments() -> None:
    file = jsonc_file.parsed(PATH, b'{ // x\n  "a": {"b": [1]}, }')
    assert at(file.place("a", "b")) == (2, 9)
    assert at(file.place("c")) == (1, 1)
