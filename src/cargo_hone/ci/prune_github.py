"""Caches of GitHub Actions through the `gh` executable, which knows who one is and which repository is meant."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cargo_hone.ci.prune import CacheEntry, Refs
from cargo_hone.errors import HoneError, Unavailable
from cargo_hone.proc import Finished, run

_LIMIT_S = 120.0
# gh replaces {owner} and {repo} by those of the repository it is run in, or of GH_REPO.
_REPOSITORY = "repos/{owner}/{repo}"


class _Cache(msgspec.Struct):
    id: int
    key: str
    ref: str
    size_in_bytes: int
    created_at: datetime
    last_accessed_at: datetime


class _Caches(msgspec.Struct):
    actions_caches: list[_Cache]


class _Repository(msgspec.Struct):
    default_branch: str


class _Pull(msgspec.Struct):
    number: int


class _Branch(msgspec.Struct):
    name: str


_Page = TypeVar("_Page")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """The repository that `gh` finds in `directory` with this environment."""

    directory: Path
    env: Mapping[str, str]

    def caches(self) -> tuple[CacheEntry, ...]:
        """All caches. Raises ToolMissing without `gh`, Unavailable where the API does not answer."""
        pages = self._pages(f"{_REPOSITORY}/actions/caches?per_page=100", _Caches)
        return tuple(_entry(cache) for page in pages for cache in page.actions_caches)

    def refs(self, *, with_branches: bool) -> Refs:
        """The default branch, the open pull requests and, if wanted, all branches. Raises as `caches`."""
        (repository,) = self._pages(_REPOSITORY, _Repository)
        pulls = self._pages(f"{_REPOSITORY}/pulls?state=open&per_page=100", list[_Pull])
        branches = None
        if with_branches:
            pages = self._pages(f"{_REPOSITORY}/branches?per_page=100", list[_Branch])
            branches = frozenset(branch.name for page in pages for branch in page)
        return Refs(
            default_branch=repository.default_branch,
            open_pulls=frozenset(pull.number for page in pulls for pull in page),
            branches=branches,
        )

    def delete(self, entry: CacheEntry) -> bool:
        """Delete a cache; False where it had gone already. Raises as `caches`."""
        finished = self._call(f"{_REPOSITORY}/actions/caches/{entry.id}", "--method", "DELETE")
        if finished.ok:
            return True
        if "HTTP 404" in finished.errors:
            return False
        raise _refused(finished, f"the cache {entry.key} could not be deleted")

    def _pages(self, path: str, kind: type[_Page]) -> list[_Page]:
        finished = self._call(path, "--paginate")
        if not finished.ok:
            raise _refused(finished, f"GitHub does not answer `gh api {path}`")
        try:
            return [msgspec.convert(page, kind, strict=False) for page in _values(finished.text)]
        except (ValueError, msgspec.ValidationError) as error:
            raise Unavailable(
                f"`gh api {path}` answered something else than expected: {error}",
                next_step=f"run `gh api {path}` to see it",
            ) from error

    def _call(self, path: str, *options: str) -> Finished:
        words = ["gh", "api", *options, path]
        return run(words, cwd=self.directory, env=self.env, timeout_s=_LIMIT_S)


def _values(text: str) -> Iterator[Any]:
    """`gh api --paginate` prints one JSON value a page, one after the other (cli/cli issue 1268)."""
    decoder = json.JSONDecoder()
    position = 0
    while (position := len(text) - len(text[position:].lstrip())) < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value


def _entry(cache: _Cache) -> CacheEntry:
    return CacheEntry(
        id=cache.id,
        key=cache.key,
        ref=cache.ref,
        size_bytes=cache.size_in_bytes,
        created_at=cache.created_at.astimezone(UTC),
        last_used_at=cache.last_accessed_at.astimezone(UTC),
    )


def _refused(finished: Finished, what: str) -> HoneError:
    said = finished.errors.lower()
    if finished.timed_out:
        what, step = f"{what} within {_LIMIT_S:.0f} s", "check the network, then run again"
    elif "rate limit" in said or "http 429" in said:
        what, step = (
            f"{what}: the rate limit is used up",
            "run it again in an hour: it goes on from there",
        )
    elif "gh auth login" in said or "http 401" in said:
        step = "run `gh auth login`, or set GH_TOKEN, then run again"
    elif "http 403" in said:
        step = "the token needs the permission to write Actions (`repo` scope, or `actions: write`)"
    else:
        step = "mend what gh says (GH_REPO=OWNER/NAME names the repository), then run again"
    return Unavailable(what, next_step=step, detail=finished.errors.strip())
