"""How long a unit took when it was last compiled, as the target directory itself tells.

cargo (1.95) writes `invoked.timestamp` at the moment at which it starts rustc, or a build script (then in the
script's output directory), and the fingerprint's JSON when that has ended; a library's `.rmeta` is the moment
at which its dependents may start. On a clean build of 213 units these agreed with `cargo build --timings` to
0.01 s each.
"""

from dataclasses import dataclass

from cargo_hone.target.origin import OriginKind
from cargo_hone.target.units import Mode, Unit

_NS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileTime:
    """One compilation, in seconds.

    `frontend_s` is the time until the metadata was there, None where nobody can start before the end.
    `is_whole` says that nothing of an earlier compilation was used again.
    """

    wall_s: float
    frontend_s: float | None
    is_whole: bool


def observed(unit: Unit, *, has_older_sessions: bool = False) -> CompileTime | None:
    """Return the unit's last compilation; None where the times on disk cannot be those of one.

    Packages of the workspace that were compiled again (`has_older_sessions` tells that as well) count as compiled
    in part: rustc may have had an incremental session then, whether or not there is one now.
    """
    started_ns = _run_started_ns(unit) if unit.mode is Mode.RUN else unit.started_ns
    if started_ns is None or unit.ended_ns < started_ns + (unit.mode is not Mode.RUN):
        # A copy that did not keep the times, or a fingerprint without its timestamp. (The run of a build script
        # may be over within one tick of the kernel's clock for files, up to 10 ms.)
        return None
    wall_s = (unit.ended_ns - started_ns) / _NS
    frontend_s = None
    for entry in unit.outputs:
        if entry.path.endswith(".rmeta"):
            frontend_s = (entry.mtime_ns - started_ns) / _NS
            if not 0 <= frontend_s <= wall_s:
                frontend_s = wall_s
            break
    return CompileTime(
        wall_s=wall_s,
        frontend_s=frontend_s,
        is_whole=unit.origin.kind is not OriginKind.LOCAL
        or unit.mode is Mode.RUN
        or not (has_older_sessions or unit.born_ns < started_ns),
    )


def _run_started_ns(unit: Unit) -> int | None:
    directory = unit.build_tree[0].path if unit.build_tree else ""
    # In v2 beside `out`, in a directory of the run's own.
    places = {f"{directory}/invoked.timestamp", f"{directory}/run/invoked.timestamp"}
    return next((e.mtime_ns for e in unit.build_tree[1:] if e.path in places), None)
