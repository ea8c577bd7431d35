"""The caches that a job has already: of a target directory, of downloads, of compilations."""

from dataclasses import dataclass

from cargo_hone.ci.workflow import Job, Step

_RUST_CACHES = frozenset({"rust-cache", "cargo-cache"})
_SETS_UP_WITH_CACHE = {
    "actions-rust-lang/setup-rust-toolchain": "cache",
    "moonrepo/setup-rust": "cache",
}
"""Toolchain actions that cache the target directory unless this input says no."""
_WRAPPERS = ("RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER")
_DOWNLOADS = ("registry", ".cargo", "CARGO_HOME", "cargo_home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """What somebody else set up. Each text names an action; empty for none.

    `saves_at` is the index of a step that saves a target directory on the spot (others do when the job ends).
    """

    target: str = ""
    downloads: str = ""
    compilations: str = ""
    saves_at: int | None = None


def existing(job: Job, target: str) -> Existing:
    """Look through a job's steps, ours left out. `target` is the target directory's path in the checkout."""
    found: dict[str, str] = {}
    saves_at: int | None = None
    wrapped = next(
        (f"{name}: {job.env[name]}" for name in _WRAPPERS if _is_sccache(job.env.get(name, ""))), ""
    )
    if wrapped:
        found["compilations"] = wrapped
    for index, step in enumerate(job.steps):
        if step.is_ours:
            continue
        for kind in _kinds(step, target):
            found.setdefault(kind, step.uses or "RUSTC_WRAPPER: sccache")
            if kind == "target" and step.uses.endswith("/save") and saves_at is None:
                saves_at = index
    return Existing(
        target=found.get("target", ""),
        downloads=found.get("downloads", ""),
        compilations=found.get("compilations", ""),
        saves_at=saves_at,
    )


def _kinds(step: Step, target: str) -> set[str]:
    kinds: set[str] = set()
    name = step.uses.lower()
    last = name.rsplit("/", 1)[-1]
    if last in _RUST_CACHES:
        kinds.add("downloads")
        if step.inputs.get("cache-targets") != "false":
            kinds.add("target")
    elif name in _SETS_UP_WITH_CACHE and step.inputs.get(_SETS_UP_WITH_CACHE[name]) != "false":
        kinds |= {"target", "downloads"}
    elif (
        "cache" in name.split("/")[1:]
        or last in {"restore", "save"}
        or last.endswith("-cache-action")
    ):
        paths = step.inputs.get("path", "").split("\n")
        if any(_is_target(path, target) for path in paths):
            kinds.add("target")
        if any(word in path for path in paths for word in _DOWNLOADS):
            kinds.add("downloads")
        if any("sccache" in path for path in paths):
            kinds.add("compilations")
    if "sccache" in name or step.inputs.get("variant") == "sccache" or _wraps(step):
        kinds.add("compilations")
    return kinds


def _wraps(step: Step) -> bool:
    """Whether it makes sccache the wrapper, for itself or for later steps."""
    if any(_is_sccache(step.env.get(wrapper, "")) for wrapper in _WRAPPERS):
        return True
    return _is_sccache(step.run) and any(f"{wrapper}=" in step.run for wrapper in _WRAPPERS)


def _is_sccache(value: str) -> bool:
    return "sccache" in value


def _is_target(path: str, target: str) -> bool:
    plain = (
        path.strip()
        .removeprefix("!")
        .replace("${{ github.workspace }}/", "")
        .removeprefix("./")
        .rstrip("/*")
    )
    return plain in {target, "target"} or "target" in plain.split("/")
