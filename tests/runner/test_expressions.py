"""The runner's expressions mean what GitHub's documentation says."""

from pathlib import Path
from typing import Any

import pytest

from tests.runner.expressions import BadExpression, Scope, condition, evaluate, interpolate


def scope(status: str = "success", workspace: Path = Path()) -> Scope:
    contexts = {
        "github": {"ref": "refs/heads/main", "event": {"repository": {"default_branch": "main"}}},
        "steps": {"cache": {"outputs": {"cache-hit": "true"}}},
        "matrix": {"os": ["a", "b"]},
    }
    return Scope(contexts=contexts, status=status, workspace=workspace)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("github.ref == format('refs/heads/{0}', github.event.repository.default_branch)", True),
        ("steps.cache.outputs.cache-hit != 'true'", False),
        ("steps['cache'].outputs['cache-hit']", "true"),
        ("steps.nothing.outputs.x", None),
        ("'It''s' == 'IT''S'", True),
        ("matrix.os[1]", "b"),
        ("!(true && false) || fromJSON('false')", True),
        ("null == 0", True),
        ("'' || 'otherwise'", "otherwise"),
        ("contains('Hello', 'ell') && startsWith('abc', 'AB')", True),
        ("join(matrix.os, '-')", "a-b"),
        ("2 >= 10", False),
    ],
)
def test_values(source: str, value: Any) -> None:
    assert evaluate(source, scope()) == value


def test_text_around_expressions_stays() -> None:
    assert interpolate("a ${{ matrix.os[0] }} b${{ true }}", scope()) == "a a btrue"


@pytest.mark.parametrize(
    ("text", "status", "runs"),
    [
        (None, "success", True),
        (None, "failure", False),
        ("steps.cache.outputs.cache-hit == 'true'", "failure", False),
        ("always() && steps.cache.outputs.cache-hit == 'true'", "failure", True),
        ("${{ failure() }}", "success", False),
        ("!cancelled()", "failure", True),
    ],
)
def test_a_condition_without_a_status_function_means_success(
    text: str | None, status: str, runs: bool
) -> None:
    assert condition(text, scope(status)) is runs


def test_files_are_hashed_by_content(tmp_path: Path) -> None:
    (tmp_path / "Cargo.lock").write_text("one")
    first = evaluate("hashFiles('**/Cargo.lock')", scope(workspace=tmp_path))
    (tmp_path / "Cargo.lock").write_text("two")
    assert first != evaluate("hashFiles('**/Cargo.lock')", scope(workspace=tmp_path))
    assert evaluate("hashFiles('no-such')", scope(workspace=tmp_path)) == ""


@pytest.mark.parametrize("source", ["nothing.here", "1 +", "f(x)", "(true"])
def test_what_is_not_understood_is_an_error(source: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(source, scope())
