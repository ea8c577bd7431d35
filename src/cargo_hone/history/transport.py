"""History on a branch of its own: one file a run, which never changes, so that there is nothing to merge.

Whoever adds runs puts new files on top of what the remote has, and pushes without force. Where somebody else was
faster git refuses; then the same is done again on top of theirs. Neither the work tree nor the index nor a branch of
the user's repository is touched (git itself notes a push under refs/remotes); credentials are those that git has.
"""

import contextlib
import random
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.history.portable import MOST_BYTES_A_RUN, MOST_RUNS
from cargo_hone.proc import Finished, run

DEFAULT_BRANCH = "hone-history"
_PATIENCE_S = 180.0
_TIMEOUT_S = 120.0
_SAME_TIP = 6
"""So often a push may fail although the remote has not changed: somebody held its lock for a moment."""
_AT_ONCE = 500
_FILE = re.compile(r"runs/[0-9a-f]{2}/([0-9a-f]{32})\.json")
_SECRET = re.compile(r"://[^/@\s]+@")
_README = b"""# History of cargo-hone

Measurements of this repository's builds, one file a run; written by `cargo hone history push`, read by
`cargo hone history pull`. Files are only ever added.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """How many runs were added, how many were there already, and how often somebody else was faster."""

    new: int
    known: int
    beaten: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    uid: str
    blob: str


class HistoryBranch:
    """A branch of a remote, reached through the user's repository.

    Raises UsageProblem for a branch or remote that cannot be meant, and outside of a repository.
    """

    def __init__(
        self, root: Path, *, env: Mapping[str, str], remote: str | None, branch: str
    ) -> None:
        self._root = root
        self._env = {
            **env,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        if not self._git("rev-parse", "--git-dir").ok:
            raise UsageProblem(
                f"{root} is in no git repository, so there is no branch to keep history on",
                next_step="take a file instead: cargo hone history save FILE",
            )
        if branch.startswith("-") or not self._git("check-ref-format", f"refs/heads/{branch}").ok:
            raise UsageProblem(
                f"`{branch}` cannot be the name of a branch",
                next_step=f"choose another one, e.g. --branch {DEFAULT_BRANCH}",
            )
        self.branch = branch
        self.remote = remote if remote is not None else self._only_remote()
        if self.remote.startswith("-"):
            raise UsageProblem(
                f"`{self.remote}` is no remote", next_step="name one of those `git remote` lists"
            )

    def push(self, runs: Mapping[str, bytes]) -> Pushed:
        """Add runs (uid: line) that the branch has not, making it where it is missing.

        Raises UsageProblem where the branch holds something else, Unavailable where the remote refuses or cannot be
        reached, or others were faster for minutes.
        """
        give_up_s = time.monotonic() + _PATIENCE_S
        beaten = failed = 0
        while True:
            with self._fetched() as tip:
                there = {stored.uid for stored in self._stored(tip)}
                missing = {uid: line for uid, line in runs.items() if uid not in there}
                if not missing:
                    return Pushed(new=0, known=len(runs), beaten=beaten)
                with self._commit(tip, missing) as commit:
                    answer = self._push(commit)
                if answer.ok:
                    known = len(runs) - len(missing)
                    return Pushed(new=len(missing), known=known, beaten=beaten)
                if self._tip() != tip:
                    beaten += 1
                else:
                    failed += 1
            if failed >= _SAME_TIP or time.monotonic() > give_up_s:
                raise self._refused(answer)
            # Whoever was beaten comes back at a time of their own, or the same two would meet again.
            time.sleep(random.uniform(0.02, 0.1 * 2.0 ** min(beaten + failed, 4)))  # noqa: S311 (no secret)

    def pull(self, known: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        """Yield uid and line of the runs that are not `known`. Raises as `push`."""
        with self._fetched() as tip:
            wanted = [stored for stored in self._stored(tip) if stored.uid not in known]
            for first in range(0, len(wanted), _AT_ONCE):
                yield from self._contents(wanted[first : first + _AT_ONCE])

    def _only_remote(self) -> str:
        names = self._git("remote").text.split()
        if "origin" in names:
            return "origin"
        if len(names) == 1:
            return names[0]
        said = f"several remotes ({', '.join(names)})" if names else "no remote"
        raise UsageProblem(
            f"this repository has {said}",
            next_step="name the one to use: --remote NAME" if names else "add one: git remote add",
        )

    def _tip(self) -> str | None:
        """Return the commit that the remote's branch is at; None where there is no such branch."""
        answer = self._git("ls-remote", self.remote, f"refs/heads/{self.branch}")
        if not answer.ok:
            raise self._refused(answer)
        wanted = f"refs/heads/{self.branch}"
        refs = (line.split("\t") for line in answer.text.splitlines())
        return next((commit for commit, ref in refs if ref == wanted), None)

    @contextlib.contextmanager
    def _fetched(self) -> Iterator[str | None]:
        """Bring what the branch holds here, under a name of ours that goes again; None where there is no branch."""
        if self._tip() is None:
            yield None
            return
        with self._own_ref() as ref:
            words = ("--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-filter")
            # --refmap= : the user's own tracking branches stay as they are.
            answer = self._git(
                *("fetch", *words, "--no-write-fetch-head", "--refmap="),
                *(self.remote, f"+refs/heads/{self.branch}:{ref}"),
            )
            if not answer.ok:
                raise self._refused(answer)
            yield self._required("rev-parse", ref).text.strip()

    def _stored(self, tip: str | None) -> tuple[_Stored, ...]:
        """List the runs in a commit; what is not a run of ours is not looked at."""
        if tip is None:
            return ()
        top = set(self._required("ls-tree", "--name-only", "-z", tip).text.split("\0"))
        if top - {"", "runs", "README.md"}:
            raise UsageProblem(
                f"the branch {self.branch} of {self.remote} holds other things than a history of cargo-hone",
                next_step=f"choose another one, e.g. --branch {DEFAULT_BRANCH}",
            )
        found = []
        listed = self._required("ls-tree", "-r", "-z", "--long", tip, "--", "runs/").text
        for entry in listed.split("\0"):
            facts, _, path = entry.partition("\t")
            match = _FILE.fullmatch(path)
            if match is None:
                continue
            mode, _, blob, size = facts.split()
            if mode == "100644" and size.isdigit() and int(size) <= MOST_BYTES_A_RUN:
                found.append(_Stored(uid=match[1], blob=blob))
        if len(found) > MOST_RUNS:
            raise UsageProblem(
                f"the branch {self.branch} holds more than {MOST_RUNS} runs",
                next_step="begin a new one: --branch NAME",
            )
        return tuple(found)

    def _contents(self, stored: Sequence[_Stored]) -> Iterator[tuple[str, bytes]]:
        asked = "".join(f"{one.blob}\n" for one in stored).encode()
        answer = self._required("cat-file", "--batch", stdin=asked).stdout
        place = 0
        for one in stored:
            end = answer.index(b"\n", place)
            size = int(answer[place:end].split()[2])
            place = end + 1 + size + 1
            yield one.uid, answer[end + 1 : end + 1 + size]

    @contextlib.contextmanager
    def _commit(self, tip: str | None, runs: Mapping[str, bytes]) -> Iterator[str]:
        """Make a commit with `runs` on top of `tip`; it is nowhere but in the object store."""
        with self._own_ref() as ref:
            stream = b"".join(_stream(ref, tip, runs))
            self._required("fast-import", "--quiet", "--done", stdin=stream)
            yield self._required("rev-parse", ref).text.strip()

    def _push(self, commit: str) -> Finished:
        # --no-verify: the user's pre-push hook is about their code.
        words = ("--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
        return self._git("push", *words, self.remote, f"{commit}:refs/heads/{self.branch}")

    @contextlib.contextmanager
    def _own_ref(self) -> Iterator[str]:
        ref = f"refs/cargo-hone/{secrets.token_hex(8)}"
        try:
            yield ref
        finally:
            self._git("update-ref", "-d", ref)

    def _git(self, *words: str, stdin: bytes | None = None) -> Finished:
        calm = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.fsmonitor=false")
        argv = ["git", *calm, *words]
        return run(argv, cwd=self._root, env=self._env, timeout_s=_TIMEOUT_S, stdin=stdin)

    def _required(self, *words: str, stdin: bytes | None = None) -> Finished:
        answer = self._git(*words, stdin=stdin)
        if not answer.ok:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: Finished) -> Unavailable:
        took = "did not answer in time" if answer.timed_out else "failed"
        remote = _SECRET.sub("://", self.remote)
        return Unavailable(
            f"`git {_subcommand(answer.argv)}` {took}; nothing was changed on {remote}",
            next_step=f"see whether `git ls-remote {remote}` works and you may push there (in GitHub Actions: "
            "`permissions: contents: write`), then run the command again",
            detail=_SECRET.sub("://", answer.errors),
        )


def _subcommand(argv: Sequence[str]) -> str:
    """Return git's subcommand: what follows it may hold an address with a password."""
    words = list(argv[1:])
    while words[0] == "-c":
        del words[:2]
    return words[0]


def _stream(ref: str, tip: str | None, runs: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield a commit as `git fast-import` reads it (git-fast-import(1))."""
    count = f"{len(runs)} run{'s' if len(runs) != 1 else ''}"
    yield f"commit {ref}\n".encode()
    yield f"committer cargo-hone <cargo-hone@localhost> {int(time.time())} +0000\n".encode()
    yield _data(f"Add {count}\n".encode())
    if tip is not None:
        yield f"from {tip}\n".encode()
    else:
        yield b"M 100644 inline README.md\n" + _data(_README)
    for uid, line in sorted(runs.items()):
        yield f"M 100644 inline runs/{uid[:2]}/{uid}.json\n".encode() + _data(line)
    yield b"done\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
