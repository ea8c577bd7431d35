from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.patch import read_patch

Git = Callable[..., str]


def _patch_of(repository: Path, git: Git, change: Callable[[Path], None]) -> Path:
    """The difference that `change` makes, as git writes it; the tree is as before."""
    change(repository)
    git(repository, "add", "-A")
    patch = repository.parent / "change.patch"
    patch.write_text(git(repository, "diff", "--cached", "-M"))
    git(repository, "reset", "-q", "--hard")
    return patch


def test_what_a_patch_does_is_known_without_touching_the_tree(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    def change(root: Path) -> None:
        (root / "ground/src/sums.rs").write_text(
            "pub fn total(n: &[u64]) -> u64 { n.len() as u64 }\n"
        )
        (root / "new dir").mkdir()
        (root / "new dir/größe.rs").write_text("// new\n")
        (root / "ground/src/never.rs").unlink()
        (root / "middle/src/lib.rs").rename(root / "middle/src/library.rs")

    patch = _patch_of(repository, git, change)
    before = {path: path.read_bytes() for path in repository.rglob("*.rs")}
    found = read_patch(patch, top=repository, environ=environ)
    assert {path: path.read_bytes() for path in repository.rglob("*.rs")} == before

    assert found.before.keys() == found.after.keys()
    names = {path.relative_to(repository).as_posix(): path for path in found.after}
    assert (
        found.after[names["ground/src/sums.rs"]]
        == b"pub fn total(n: &[u64]) -> u64 { n.len() as u64 }\n"
    )
    assert found.before[names["new dir/größe.rs"]] is None
    assert found.after[names["new dir/größe.rs"]] == b"// new\n"
    assert found.after[names["ground/src/never.rs"]] is None
    assert found.after[names["middle/src/lib.rs"]] is None
    assert found.after[names["middle/src/library.rs"]] == before[repository / "middle/src/lib.rs"]
    for path, content in found.before.items():
        assert content == before.get(path)


def test_a_patch_that_does_not_apply_is_refused_with_gits_words(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    def change(root: Path) -> None:
        (root / "middle/src/lib.rs").write_text("// other\n")

    patch = _patch_of(repository, git, change)
    (repository / "middle/src/lib.rs").write_text("// has moved on\n")
    with pytest.raises(UsageProblem, match="does not apply") as caught:
        read_patch(patch, top=repository, environ=environ)
    assert "middle/src/lib.rs" in caught.value.detail


@pytest.mark.parametrize("content", ["", "not a patch\n"])
def test_what_is_no_patch_is_refused(
    repository: Path, environ: dict[str, str], content: str
) -> None:
    patch = repository.parent / "change.patch"
    patch.write_text(content)
    with pytest.raises(UsageProblem, match="does not apply"):
        read_patch(patch, top=repository, environ=environ)


def test_a_plain_directory_in_somebodys_repository_is_patched_too(
    workspace: Path, git: Git, environ: dict[str, str]
) -> None:
    """git would pass over names outside of the directory that it was called in."""
    git(workspace.parent, "init", "-q")
    patch = workspace.parent / "change.patch"
    patch.write_text(
        "--- a/middle/src/lib.rs\n+++ b/middle/src/lib.rs\n@@ -1,1 +1,2 @@\n+// first\n"
        " pub fn twice(n: u64) -> u64 {\n"
    )
    found = read_patch(patch, top=workspace, environ=environ)
    assert (found.after[workspace / "middle/src/lib.rs"] or b"").startswith(b"// first\n")
