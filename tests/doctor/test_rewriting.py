"""What a rule wants written, in each syntax."""

from pathlib import Path

import pytest

from cargo_hone.doctor.finding import Add, Remove, Rewrite, Set, Syntax
from cargo_hone.doctor.rewriting import rewritten
from cargo_hone.edit.refused import EditRefused


def written(syntax: Syntax, text: str, *edits: Set | Remove | Add) -> str:
    edit = Rewrite(path=Path("/x"), syntax=syntax, edits=edits)
    return rewritten(edit, text.encode()).decode()


def test_toml_also_where_there_is_no_file() -> None:
    assert written(Syntax.TOML, "", Set(way=("a", "b"), value=1)) == "[a]\nb = 1\n"
    assert written(Syntax.TOML, "x = 1\n[a]\nb = 1\n", Remove(way=("a", "b"))) == "x = 1\n"


def test_yaml() -> None:
    text = "jobs:\n  a:\n    steps:\n      - run: x # y\n      - run: z\n"
    edits = (
        Add(way=("jobs", "a", "env"), text="A: 1\n", before="steps"),
        Set(way=("jobs", "a", "steps", 0, "run"), value="w"),
        Remove(way=("jobs", "a", "steps", 1)),
    )
    after = "jobs:\n  a:\n    env:\n      A: 1\n    steps:\n      - run: w # y\n"
    assert written(Syntax.YAML, text, *edits) == after


def test_json_with_comments() -> None:
    text = '{\n  // why\n  "a": 1,\n  "b": 2\n}\n'
    edits = (Set(way=("a",), value=True), Remove(way=("b",)))
    assert written(Syntax.JSONC, text, *edits) == '{\n  // why\n  "a": true\n}\n'


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(EditRefused):
        written(Syntax.TOML, "[a", Set(way=("a",), value=1))


@pytest.mark.parametrize("syntax", [Syntax.TOML, Syntax.JSONC])
def test_text_of_yaml_is_for_yaml(syntax: Syntax) -> None:
    with pytest.raises(TypeError, match="added as text"):
        written(syntax, "", Add(way=("a",), text="1\n"))
