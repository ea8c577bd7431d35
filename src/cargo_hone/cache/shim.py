"""The `sh` shim that a repository commits: the compiler through the cache, or alone where there is none."""

from importlib import resources

from cargo_hone.cache.capacity import Capacity

# The stem makes the cc crate use the wrapper for C and C++ as well.
RELATIVE_PATH = ".cargo/hone/sccache"


def text(capacity: Capacity) -> bytes:
    """Return the shim's bytes with the cache size that it sets where nobody else does."""
    template = resources.files("cargo_hone.cache").joinpath("sccache.sh").read_text("utf-8")
    return template.replace("@CAP@", capacity.sccache_env).encode()
