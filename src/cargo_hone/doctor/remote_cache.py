"""Whether developers and the pipeline use one sccache that lies on neither's disk."""

from collections.abc import Mapping

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.workflow import Job

# sccache's own names ("Configuration", one section a backend). GitHub's cache is nobody's but the pipeline's.
_VARIABLES = (
    *("SCCACHE_BUCKET", "SCCACHE_ENDPOINT", "SCCACHE_REDIS", "SCCACHE_REDIS_ENDPOINT"),
    *("SCCACHE_REDIS_CLUSTER_ENDPOINTS", "SCCACHE_GCS_BUCKET", "SCCACHE_AZURE_CONNECTION_STRING"),
    *(
        "SCCACHE_MEMCACHED",
        "SCCACHE_MEMCACHED_ENDPOINT",
        "SCCACHE_WEBDAV_ENDPOINT",
        "SCCACHE_OSS_BUCKET",
    ),
)
_BACKENDS = frozenset({"s3", "redis", "gcs", "azure", "memcached", "webdav", "oss", "cos"})


def is_shared_with_developers(facts: Facts) -> bool:
    """Whether this machine uses a remote cache, or the team's settings name one."""
    return (
        bool(facts.wishes.remote)
        or _is_remote(facts.env)
        or any(_is_remote(_table(file.value("env"))) for file in facts.documents.cargo)
        or _sccache_is_remote(facts)
    )


def uses_remote(job: Job, facts: Facts) -> bool:
    """Whether a job's sccache goes to a remote."""
    names = {name for step in job.steps for name in step.env} | set(job.env)
    return bool(names & set(_VARIABLES)) or bool(facts.wishes.remote)


def _is_remote(env: Mapping[str, object]) -> bool:
    return any(env.get(name) for name in _VARIABLES)


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sccache_is_remote(facts: Facts) -> bool:
    file = facts.documents.sccache
    backends = file.value("cache") if file is not None else None
    return isinstance(backends, dict) and bool(_BACKENDS & set(backends))
