"""`[scenarios.NAME]`: from the text of the settings to a recipe, and what is refused."""

from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.scenarios import Edit, Nothing, Patch, Recipe, Start, Touch
from cargo_hone.measure.scenarios_own import own_recipes
from cargo_hone.settings.read import read


def recipes(root: Path, text: str) -> dict[str, Recipe]:
    (root / ".config").mkdir(exist_ok=True)
    (root / ".config" / "hone.toml").write_text(text)
    return {str(k): v for k, v in own_recipes(read(root, {}).scenarios, root=root).items()}


def test_each_kind_of_change(tmp_path: Path) -> None:
    (tmp_path / "change.patch").write_text("")
    found = recipes(
        tmp_path,
        """
        [scenarios.docs]
        command = ["doc", "--no-deps"]
        [scenarios.front]
        command = ["build", "-p", "front"]
        edit = "front"
        [scenarios.generated]
        command = ["check"]
        touch = ["a/schema.sql", "b.txt"]
        [scenarios.port]
        command = ["test", "--", "--nocapture"]
        patch = "change.patch"
        [scenarios.release]
        command = ["build", "--release"]
        from = "clean"
        """,
    )
    assert [*found] == ["docs", "front", "generated", "port", "release"]
    assert found["docs"].change == Nothing()
    assert found["front"].change == Edit(crate="front")
    assert found["generated"].change == Touch(paths=(Path("a/schema.sql"), Path("b.txt")))
    assert found["port"].change == Patch(path=tmp_path / "change.patch")
    assert found["release"].start is Start.CLEAN
    assert found["docs"].start is Start.BUILT
    assert found["port"].command == ("test", "--", "--nocapture")
    assert "`cargo check` after touching a/schema.sql, b.txt" in found["generated"].about


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[scenarios.noop]\ncommand = ["build"]', "`noop` is a scenario already"),
        ('[scenarios.clean]\ncommand = ["build"]', "`clean` is a scenario already"),
        ('[scenarios.x]\ncommand = ["cargo", "build"]', "leave `cargo` itself out"),
        ('[scenarios.x]\ncommand = ["biuld"]', "did you mean `build`"),
        ('[scenarios.x]\ncommand = ["fmt"]', "`cargo fmt` cannot be measured"),
        ('[scenarios.x]\ncommand = ["build", "--target-dir=y"]', "`--target-dir` is set by"),
        (
            '[scenarios.x]\ncommand = ["build"]\nedit = "a"\ntouch = ["b"]',
            "both `touch` and `edit`",
        ),
        ('[scenarios.x]\ncommand = ["build"]\nedit = "a"\nfrom = "clean"', 'from = "clean"'),
        ('[scenarios.x]\ncommand = ["build"]\npatch = "gone.patch"', "there is no patch"),
        ('[scenarios.x]\ncommand = ["build"]\ntouch = ["/etc/hosts"]', "/etc/hosts is absolute"),
        ("[scenarios.x]\ncommand = []", "scenarios"),
        ('[scenarios.x]\ncommand = ["build"]\nfrom = "warm"', "warm"),
        ('[scenarios."A b"]\ncommand = ["build"]', "scenarios"),
        ('[scenarios.x]\nedit = "a"', "command"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        recipes(tmp_path, text)
    assert said in caught.value.message
    assert "hone.toml" in caught.value.message


def test_what_stands_behind_two_dashes_is_the_programs(tmp_path: Path) -> None:
    found = recipes(tmp_path, '[scenarios.x]\ncommand = ["run", "--", "--config", "mine"]')
    assert found["x"].command[-1] == "mine"
