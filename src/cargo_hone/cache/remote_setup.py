"""A remote cache in sccache's own configuration file: local disk first, then the remote. Never a credential."""

import re
from collections.abc import Mapping
from typing import TypeAlias, assert_never

from cargo_hone.cache.remote import Kind, Remote, Value
from cargo_hone.errors import Unavailable, UsageProblem

FileEdit: TypeAlias = "tuple[tuple[str, ...], Value | tuple[str, ...]]"
"""A key of sccache's file, one string a level, and its value."""

CHAIN = ("cache", "multilevel", "chain")
_FIRST_WITH_CHAIN = (0, 15)


def has_chain(version: str) -> bool:
    """Whether an sccache of that version (`0.16.0`) can ask one storage after another.

    Since 0.15 (mozilla/sccache#2581). An older one refuses its whole file for a key that it does not know.
    """
    match = re.match(r"(\d+)\.(\d+)", version)
    return match is not None and (int(match[1]), int(match[2])) >= _FIRST_WITH_CHAIN


def file_edits(remote: Remote, *, version: str = "0.16.0") -> tuple[FileEdit, ...]:
    """What the file of an sccache of that version must say for builds to use `remote`.

    With a chain the local disk is asked first, and everything is written to both; the file then must have
    `[cache.disk]` too (its `size` is enough), or the server does not start (0.16). Without one (before 0.15) the
    remote takes the local disk's place. Raises UsageProblem for a storage that cannot be in a file without its
    credentials (Azure).
    """
    if remote.kind is Kind.AZURE:
        names = " and ".join([name for name, _ in remote.env] + [*remote.secrets])
        raise UsageProblem(
            "sccache takes Azure's container and its credential only together, and no credential is written to a file",
            next_step=f"set {names} in the environment that builds run in; sccache finds them there",
        )
    table = tuple(((*_section(remote), key), value) for key, value in remote.table)
    if not has_chain(version):
        return table
    return (*table, (CHAIN, ("disk", str(remote.kind))))


def environment(remote: Remote, *, version: str = "0.16.0") -> tuple[tuple[str, str], ...]:
    """The same as variables: for pipelines, and for who keeps a password in the environment."""
    if not has_chain(version):
        return remote.env
    return (*remote.env, ("SCCACHE_MULTILEVEL_CHAIN", f"disk,{remote.kind}"))


def with_credentials(remote: Remote) -> tuple[str, ...]:
    """The variables that must all be set where the storage asks for a user or a password; () where none need be.

    sccache (0.16) takes a storage's settings whole, from the environment or from the file: a password in the
    environment is not seen while the address is only in the file.
    """
    match remote.kind:
        case Kind.S3 | Kind.GCS | Kind.GHA:
            return ()
        case Kind.AZURE | Kind.REDIS | Kind.MEMCACHED | Kind.WEBDAV:
            return (*(name for name, _ in remote.env), *remote.secrets)
        case _:
            assert_never(remote.kind)


def require(remote: Remote, env: Mapping[str, str]) -> None:
    """Refuse what cannot work here: GitHub's cache outside of GitHub Actions. Raises Unavailable."""
    if remote.kind is not Kind.GHA:
        return
    has_place = bool(env.get("ACTIONS_RESULTS_URL") or env.get("ACTIONS_CACHE_URL"))
    if has_place and env.get("ACTIONS_RUNTIME_TOKEN"):
        return
    raise Unavailable(
        "GitHub's cache can be reached only from inside a job of GitHub Actions (ACTIONS_RESULTS_URL and"
        " ACTIONS_RUNTIME_TOKEN are not set)",
        next_step="`cargo hone ci init --cache sccache` writes it into the workflow; for this machine name a storage"
        " of your own, for instance --remote redis://HOST:6379",
    )


def _section(remote: Remote) -> tuple[str, ...]:
    return ("cache", str(remote.kind))
