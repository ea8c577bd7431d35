"""The documentation of crates that are gone, as a real rustdoc wrote it."""

from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.target.documents import gone_docs
from tests.target.layouts import V1, V2_SPLIT
from tests.target.tiny import Tiny


@pytest.fixture
def documented(tiny: Tiny) -> Tiny:
    tiny.cargo("doc", "--workspace")
    book = tiny.target / "doc/book"
    book.mkdir()
    (book / "index.html").write_text("mine")
    return tiny


def gone(tiny: Tiny) -> set[str]:
    return {
        Path(one.path).relative_to(tiny.target).as_posix()
        for one in gone_docs(tiny.state(), tiny.premises())
    }


@pytest.mark.parametrize("layout", [V1, V2_SPLIT], ids=str)
def test_a_crate_that_no_package_has_any_more_has_no_documentation(documented: Tiny) -> None:
    assert gone(documented) == set()
    documented.edit("app/Cargo.toml", 'going = { path = "../beside/going" }', "")
    assert gone(documented) == {"doc/going", "doc/src/going"}
    found = gone_docs(documented.state(), documented.premises())
    assert {entry.path for one in found for entry in one.tree} == {
        str(path)
        for part in ("doc/going", "doc/src/going")
        for path in (documented.target / part, *(documented.target / part).rglob("*"))
    }


def test_nothing_is_concluded_where_the_crates_are_not_known(documented: Tiny) -> None:
    documented.edit("app/Cargo.toml", 'going = { path = "../beside/going" }', "")
    unknown = replace(documented.premises(), crates=frozenset())
    assert gone_docs(documented.state(), unknown) == ()


def test_the_standard_librarys_is_nobodys_to_miss(documented: Tiny) -> None:
    (documented.target / "doc/going").rename(documented.target / "doc/std")
    assert gone(documented) == set()
    (documented.target / "doc/std").rename(documented.target / "doc/other")
    assert gone(documented) == {"doc/other"}
