"""The remote storage of `cache.remote` as sccache's environment variables, and the secrets that it needs.

Names as in sccache's docs/Configuration.md (v0.17.0). The setting never holds credentials: they are the repository's
secrets, and only steps of trusted events see them.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from cargo_hone.errors import UsageProblem

_FORMS = (
    "s3://BUCKET/PREFIX?region=R&endpoint=HOST, gcs://BUCKET/PREFIX, azblob://CONTAINER/PREFIX,"
    " redis://HOST:PORT, memcached://HOST:PORT, https://HOST/PATH (WebDAV)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """`env`: what may stand in a file that everybody reads. `secrets`: variables that are secrets of the same name.

    `rw_mode` is the variable that makes it read-only; "" where sccache has none.
    """

    kind: str
    env: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    rw_mode: str


def parse(url: str) -> Remote:
    """Read `cache.remote`. Raises UsageProblem for a scheme that sccache has no storage for, or credentials in it."""
    parts = urlsplit(url)
    if "${{" in url or any(ord(character) < 32 for character in url):
        raise _refused(url, "it holds an expression or a control character")
    if parts.password:
        raise _refused(
            url.replace(parts.password, "***"), "it holds a password, which belongs into a secret"
        )
    place, prefix = parts.netloc, parts.path.strip("/")
    match parts.scheme:
        case "s3":
            return _s3(place, prefix, dict(parse_qsl(parts.query)), url)
        case "gcs" | "gs":
            env = (("SCCACHE_GCS_BUCKET", place), *_prefix("SCCACHE_GCS_KEY_PREFIX", prefix))
            return Remote(
                kind="gcs", env=env, secrets=("SCCACHE_GCS_KEY",), rw_mode="SCCACHE_GCS_RW_MODE"
            )
        case "azblob" | "azure":
            return Remote(
                kind="azure",
                env=(
                    ("SCCACHE_AZURE_BLOB_CONTAINER", place),
                    *_prefix("SCCACHE_AZURE_KEY_PREFIX", prefix),
                ),
                secrets=("SCCACHE_AZURE_CONNECTION_STRING",),
                rw_mode="SCCACHE_AZURE_RW_MODE",
            )
        case "redis" | "rediss":
            return Remote(
                kind="redis",
                env=(("SCCACHE_REDIS_ENDPOINT", f"{parts.scheme}://{place}"),),
                secrets=("SCCACHE_REDIS_USERNAME", "SCCACHE_REDIS_PASSWORD"),
                rw_mode="SCCACHE_REDIS_RW_MODE",
            )
        case "memcached":
            return Remote(
                kind="memcached",
                env=(("SCCACHE_MEMCACHED_ENDPOINT", f"tcp://{place}"),),
                secrets=("SCCACHE_MEMCACHED_USERNAME", "SCCACHE_MEMCACHED_PASSWORD"),
                rw_mode="SCCACHE_MEMCACHED_RW_MODE",
            )
        case "http" | "https":
            return Remote(
                kind="webdav",
                env=(("SCCACHE_WEBDAV_ENDPOINT", url),),
                secrets=("SCCACHE_WEBDAV_TOKEN",),
                rw_mode="SCCACHE_WEBDAV_RW_MODE",
            )
        case _:
            raise _refused(url, "sccache has no storage of that scheme")


def _s3(bucket: str, prefix: str, options: dict[str, str], url: str) -> Remote:
    names = {
        "region": "SCCACHE_REGION",
        "endpoint": "SCCACHE_ENDPOINT",
        "ssl": "SCCACHE_S3_USE_SSL",
    }
    unknown = sorted(set(options) - set(names))
    if unknown:
        raise _refused(url, f"`{unknown[0]}` is no option of s3 here (region, endpoint, ssl)")
    env = [("SCCACHE_BUCKET", bucket), *_prefix("SCCACHE_S3_KEY_PREFIX", prefix)]
    env += [(variable, options[name]) for name, variable in names.items() if name in options]
    return Remote(
        kind="s3",
        env=tuple(env),
        secrets=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        rw_mode="SCCACHE_S3_RW_MODE",
    )


def _prefix(variable: str, prefix: str) -> tuple[tuple[str, str], ...]:
    return ((variable, prefix),) if prefix else ()


def _refused(url: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"`cache.remote` = `{url}` cannot be used: {why}", next_step=f"write it as {_FORMS}"
    )
