"""What an environment does to the cache, whatever the files say."""

from collections.abc import Mapping

from cargo_hone.cache import configuration as own
from cargo_hone.cache.capacity import Capacity

INCREMENTAL = ("CARGO_INCREMENTAL", "CARGO_BUILD_INCREMENTAL")
"""Where one of these is 1, sccache (0.16) exits with 1 on every call."""


def stepping_aside(env: Mapping[str, str]) -> tuple[str, ...]:
    """What makes the shim call the compiler alone."""
    found = [
        f"{name}=1 is set in your environment: sccache refuses to work then, so the shim steps aside and nothing is"
        " cached; unset it (cargo compiles your own crates incrementally by itself)"
        for name in INCREMENTAL
        if env.get(name) == "1"
    ]
    if env.get("HONE_NO_CACHE"):
        found.append("HONE_NO_CACHE is set in your environment: the shim steps aside; unset it")
    return tuple(found)


def overruled(env: Mapping[str, str], capacity: Capacity) -> tuple[str, ...]:
    """What of the environment has the last word over sccache's file."""
    found = []
    size_bytes = own.size_in_environment(env)
    if size_bytes is not None and size_bytes // 1024 != capacity.size_bytes // 1024:
        found.append(
            f"SCCACHE_CACHE_SIZE={env['SCCACHE_CACHE_SIZE']} is set in your environment: a server that is started from"
            f" here holds {Capacity(size_bytes=size_bytes)} whatever the file says; unset it to have {capacity}"
        )
    elif size_bytes is None and env.get("SCCACHE_CACHE_SIZE"):
        found.append(
            f"SCCACHE_CACHE_SIZE={env['SCCACHE_CACHE_SIZE']} is no size to sccache, which ignores it; write"
            f" {capacity.sccache_env}, or unset it"
        )
    elif size_bytes is None and env.get("SCCACHE_DIR"):
        found.append(
            "SCCACHE_DIR is set in your environment: sccache then takes no size from its file. The shim and `cargo hone"
            " cache start` set it, but a server that another client starts holds 10 GiB; set SCCACHE_CACHE_SIZE"
            f"={capacity.sccache_env} beside it"
        )
    return tuple(found)
