"""A repository with one package, looked at once a module, and a place for workflows in it."""

from pathlib import Path

import pytest

from cargo_hone.ci import repository
from cargo_hone.ci.repository import Repository
from cargo_hone.workspace.facts import WorkspaceFacts
from tests.ci.repositories import Pipeline, make


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> WorkspaceFacts:
    return make(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def place(facts: WorkspaceFacts) -> Repository:
    return repository.look(facts)


@pytest.fixture
def pipeline(facts: WorkspaceFacts, place: Repository, tmp_path: Path) -> Pipeline:
    return Pipeline(facts, place, tmp_path)
