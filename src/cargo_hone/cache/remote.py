"""The remote storage of a team's cache, from one URL: as sccache's environment variables and as keys of its file.

Names as in sccache's docs/Configuration.md and src/config.rs (v0.16.0). A URL never holds credentials: they come
from the environment (a CI's secrets) or from the platform's own chain, and only steps of trusted events see them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cargo_hone.errors import UsageProblem
from cargo_hone.quantity import parse_seconds

Value: TypeAlias = str | bool | int

_FORMS = (
    "s3://BUCKET/PREFIX?region=R&endpoint=HOST, gcs://BUCKET/PREFIX, azblob://CONTAINER/PREFIX,"
    " redis://HOST:PORT/DB?prefix=P&expire=30d (or rediss://), memcached://HOST:PORT?prefix=P&expire=30d,"
    " https://HOST/PATH (WebDAV), or gha (GitHub's cache)"
)
_MEMCACHED_LONGEST_S = 30 * 24 * 3600
"""A longer time is taken for a date (memcached, doc/protocol.txt)."""


class Kind(StrEnum):
    """A storage, by the name that it has in sccache's file and in a chain of levels."""

    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"
    REDIS = "redis"
    MEMCACHED = "memcached"
    WEBDAV = "webdav"
    GHA = "gha"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a cache goes on from this machine.

    `env` may stand in a file that everybody reads. `secrets` are the variables that credentials come in, in CI
    secrets of the same name. `rw_mode` is the variable that makes the storage read-only. `table` is what belongs
    below `[cache.KIND]` in sccache's file, with every key that version 0.16 demands there.
    """

    kind: Kind
    env: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    rw_mode: str
    table: tuple[tuple[str, Value], ...]


def parse(url: str) -> Remote:
    """Read `cache.remote` or `--remote`. Raises UsageProblem for what sccache has no storage for, or credentials."""
    if url == "gha":
        return _gha()
    if "${{" in url or any(ord(character) <= 32 for character in url):
        raise _refused(url, "it holds an expression, a space or a control character")
    try:
        parts = urlsplit(url)
        # Asking for it is what checks it.
        _ = parts.port
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if "@" in parts.netloc:
        told = url.replace(parts.netloc.rpartition("@")[0] + "@", "***@", 1)
        raise _refused(
            told,
            "it holds a user or a password, which belongs into the environment (in CI: a secret)",
        )
    builder = _BUILDERS.get(parts.scheme)
    if builder is None:
        raise _refused(url, "sccache has no storage of that scheme")
    if not parts.hostname:
        raise _refused(url, "it names no host, bucket or container")
    if parts.fragment:
        raise _refused(url, "it has a `#`, which means nothing here")
    return builder(parts)


def _s3(parts: SplitResult) -> Remote:
    given = _options(parts, {"region", "endpoint", "ssl"})
    ssl = given.get("ssl", "")
    if ssl not in {"", "true", "false"}:
        raise _refused(parts.geturl(), "`ssl` is `true` or `false`")
    # Amazon's can come from AWS_REGION or a profile; elsewhere it says nothing, and 0.16 does not start without one.
    default = "us-east-1" if given.get("endpoint") else ""
    return _remote(
        Kind.S3,
        ("SCCACHE_BUCKET", "bucket", parts.netloc),
        ("SCCACHE_S3_KEY_PREFIX", "key_prefix", parts.path.strip("/")),
        ("SCCACHE_REGION", "region", given.get("region") or default),
        ("SCCACHE_ENDPOINT", "endpoint", given.get("endpoint", "")),
        ("SCCACHE_S3_USE_SSL", "use_ssl", ssl and ssl == "true"),
        secrets=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        rw_mode="SCCACHE_S3_RW_MODE",
        # Credentials are looked for in AWS's own chain.
        demanded=(("no_credentials", False),),
    )


def _gcs(parts: SplitResult) -> Remote:
    _options(parts, ())
    prefix = parts.path.strip("/")
    return _remote(
        Kind.GCS,
        ("SCCACHE_GCS_BUCKET", "bucket", parts.netloc),
        ("SCCACHE_GCS_KEY_PREFIX", "key_prefix", prefix),
        secrets=("SCCACHE_GCS_KEY",),
        rw_mode="SCCACHE_GCS_RW_MODE",
        demanded=(("rw_mode", "READ_WRITE"), *((("key_prefix", ""),) if not prefix else ())),
    )


def _azure(parts: SplitResult) -> Remote:
    _options(parts, ())
    return _remote(
        Kind.AZURE,
        ("SCCACHE_AZURE_BLOB_CONTAINER", "container", parts.netloc),
        ("SCCACHE_AZURE_KEY_PREFIX", "key_prefix", parts.path.strip("/")),
        secrets=("SCCACHE_AZURE_CONNECTION_STRING",),
        rw_mode="SCCACHE_AZURE_RW_MODE",
    )


def _redis(parts: SplitResult) -> Remote:
    given = _options(parts, {"prefix", "expire"})
    database = parts.path.strip("/")
    if database and not (database.isascii() and database.isdecimal()):
        raise _refused(parts.geturl(), f"`{database}` is no number of a database")
    return _remote(
        Kind.REDIS,
        ("SCCACHE_REDIS_ENDPOINT", "endpoint", f"{parts.scheme}://{parts.netloc}"),
        ("SCCACHE_REDIS_DB", "db", database and int(database)),
        ("SCCACHE_REDIS_KEY_PREFIX", "key_prefix", given.get("prefix", "")),
        ("SCCACHE_REDIS_EXPIRATION", "expiration", _seconds(given)),
        secrets=("SCCACHE_REDIS_USERNAME", "SCCACHE_REDIS_PASSWORD"),
        rw_mode="SCCACHE_REDIS_RW_MODE",
    )


def _memcached(parts: SplitResult) -> Remote:
    given = _options(parts, {"prefix", "expire"})
    if parts.path.strip("/"):
        raise _refused(parts.geturl(), "memcached has no paths; a prefix is `?prefix=P`")
    seconds = _seconds(given)
    if seconds and seconds > _MEMCACHED_LONGEST_S:
        raise _refused(parts.geturl(), "memcached keeps nothing longer than 30 days")
    return _remote(
        Kind.MEMCACHED,
        ("SCCACHE_MEMCACHED_ENDPOINT", "endpoint", f"tcp://{parts.netloc}"),
        ("SCCACHE_MEMCACHED_KEY_PREFIX", "key_prefix", given.get("prefix", "")),
        ("SCCACHE_MEMCACHED_EXPIRATION", "expiration", seconds),
        secrets=("SCCACHE_MEMCACHED_USERNAME", "SCCACHE_MEMCACHED_PASSWORD"),
        rw_mode="SCCACHE_MEMCACHED_RW_MODE",
    )


def _webdav(parts: SplitResult) -> Remote:
    _options(parts, ())
    return _remote(
        Kind.WEBDAV,
        ("SCCACHE_WEBDAV_ENDPOINT", "endpoint", parts.geturl().rstrip("/")),
        secrets=("SCCACHE_WEBDAV_TOKEN",),
        rw_mode="SCCACHE_WEBDAV_RW_MODE",
    )


def _gha() -> Remote:
    return _remote(
        Kind.GHA,
        ("SCCACHE_GHA_ENABLED", "enabled", True),
        # GitHub gives each job a token of its own.
        secrets=(),
        rw_mode="SCCACHE_GHA_RW_MODE",
        demanded=(("version", ""),),
    )


_BUILDERS: Mapping[str, Callable[[SplitResult], Remote]] = {
    "s3": _s3,
    "gcs": _gcs,
    "gs": _gcs,
    "azblob": _azure,
    "azure": _azure,
    "redis": _redis,
    "rediss": _redis,
    "memcached": _memcached,
    "http": _webdav,
    "https": _webdav,
}


def _remote(
    kind: Kind,
    *fields: tuple[str, str, Value],
    secrets: tuple[str, ...],
    rw_mode: str,
    demanded: tuple[tuple[str, Value], ...] = (),
) -> Remote:
    """Each field is a variable, the key of the same meaning in the file, and the value; "" is none."""
    given = [field for field in fields if field[2] != ""]
    return Remote(
        kind=kind,
        env=tuple((variable, _as_text(value)) for variable, _, value in given),
        secrets=secrets,
        rw_mode=rw_mode,
        table=(*((key, value) for _, key, value in given), *demanded),
    )


def _as_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(parts: SplitResult, known: Collection[str]) -> dict[str, str]:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in sorted(set(given) - set(known)):
        there = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise _refused(parts.geturl(), f"`{name}` is no option of {parts.scheme} here ({there})")
    return given


def _seconds(given: Mapping[str, str]) -> int | Literal[""]:
    return int(parse_seconds(given["expire"])) if given.get("expire") else ""


def _refused(url: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"`{url}` cannot be a remote cache: {why}", next_step=f"write it as {_FORMS}"
    )
