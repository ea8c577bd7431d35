"""Whether the meter counts right, and what it adds.

    python -m benchmarks.meter agreement [BUILDS]
    python -m benchmarks.meter overhead [PAIRS]

`agreement` builds a generated workspace on some registry crates (which must be in the cargo home: `--offline`) through
a real sccache, cold and warm. On the *same* builds it reads three counts: a control group made here by hand, in
which the server was started and cargo is (the truth), the meter's own control group, and the process tree. It needs
a system with both versions of cgroups, where groups may be made: they are independent of each other, and the truth
and the meter use one each, in turn. Exits with 1 where the interval of a ratio does not lie within 5 %.

`overhead` times builds with nothing to do: `cargo build` alone, and read by the meter, in turn; in pairs. Exits with 1
where the meter adds 30 ms or more (upper end of the interval of the median difference).
On a busy machine root can take the others' work out of it: `chrt -r 1 python -m benchmarks.meter overhead`.
"""

import contextlib
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated import generate
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import TrialCache, trial_cache, without_sccache
from cargo_hone.measure.accounting import Accounting, find_accounting
from cargo_hone.measure.cgroup import Group, group, refused
from cargo_hone.measure.cgroup_place import Place, Version, own_places
from cargo_hone.measure.meter import Arm, take_reading
from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import Variant
from cargo_hone.proc import clean_environment, run

AGREE_WITHIN = 0.05
OVERHEAD_LIMIT_S = 0.030


def main() -> int:
    """Run what was asked for."""
    what, *rest = sys.argv[1:] or ["overhead"]
    jobs: Mapping[str, Callable[[int], int]] = {"agreement": agreement, "overhead": overhead}
    defaults = {"agreement": 3, "overhead": 30}
    return jobs[what](max(2, int(rest[0])) if rest else defaults[what])


@dataclass(frozen=True, kw_only=True)
class Counts:
    """CPU seconds of one build, by three ways of counting."""

    kind: str
    version: Version
    truth_s: float
    group_s: float
    tree_s: float
    waited_s: float
    server_s: float
    settled_s: float
    peaks_bytes: tuple[int | None, int | None]


def agreement(builds: int) -> int:
    """Count `builds` cold and as many warm builds in each way, by either version."""
    env = without_sccache(clean_environment(os.environ))
    found = Sccache().locate(env)
    places = [place for place in own_places() if isinstance(place, Place) and not refused(place)]
    if found is None or len(places) < 2:
        print(f"not possible here: sccache {found}, groups can be made in {places}")
        return 1
    counts: list[Counts] = []
    with tempfile.TemporaryDirectory() as top:
        workspace = generate(Path(top) / "workspace")
        with trial_cache(
            name="meter", place=Path(top), engine=found.path, capacity=parse("2G"), env=env
        ) as cache:
            for number in range(4 * builds):
                kind = "warm" if number % 2 else "cold"
                meter, truth = places if number // 2 % 2 else reversed(places)
                with group(truth) as by_hand:
                    counts.append(one(kind, workspace, cache, by_hand, Accounting(place=meter)))
                print(shown(counts[-1]), flush=True)
    ok = True
    for kind in ("cold", "warm"):
        rows = [row for row in counts if row.kind == kind]
        for version in Version:
            own = [row.group_s / row.truth_s for row in rows if row.version is version]
            ok &= judged(f"{kind}: the meter's group (v{version}) / truth", own)
        ok &= judged(f"{kind}: process tree / truth", [row.tree_s / row.truth_s for row in rows])
        judged(f"{kind}: without the server / truth", [row.waited_s / row.truth_s for row in rows])
    return 0 if ok else 1


def one(kind: str, workspace: Path, cache: TrialCache, truth: Group, ours: Accounting) -> Counts:
    """Build once; the server is started within the group of the truth, as cargo is."""
    shutil.rmtree(workspace / "target", ignore_errors=True)
    cache.stop()
    if kind == "cold":
        shutil.rmtree(cache.directory, ignore_errors=True)
    cache.directory.mkdir(parents=True, exist_ok=True)
    procs = str(truth.directory / "cgroup.procs")
    enter = ("/bin/sh", "-c", 'echo 0 >"$0" && exec "$@"', procs)
    start = [*enter, str(cache.engine.path), "--start-server"]
    subprocess.run(start, env=cache.env, check=True, capture_output=True)
    members = Path(procs).read_text().split()
    if [str(pid) for pid in cache.server_pids()] != members:
        sys.exit(f"the server that was started is not the one in the group: {members}")
    env = {**cache.env, "RUSTC_WRAPPER": str(cache.engine.path)}
    words = ("cargo", "build", "--offline", "--workspace", "--message-format=json")
    with (
        Accounting().account(cache.server_pids) as second,
        ours.account(cache.server_pids) as first,
    ):
        before_s = truth.cpu_s()
        finished = run((*enter, *words), cwd=workspace, env=env)
        if not finished.ok:
            sys.exit(finished.errors)
        by_group = first.used(waited_cpu_s=finished.cpu_s, compiled=True)
        by_tree = second.used(waited_cpu_s=finished.cpu_s, compiled=True)
        used_s = truth.cpu_s() - before_s
    if by_group.method != ours.method or by_tree.method != "process tree" or ours.place is None:
        sys.exit(f"not counted as it should be: {by_group}, {by_tree}")
    return Counts(
        kind=kind,
        version=ours.place.version,
        truth_s=used_s,
        group_s=by_group.cpu_s,
        tree_s=by_tree.cpu_s,
        waited_s=finished.cpu_s,
        server_s=by_tree.server_cpu_s or 0.0,
        settled_s=by_group.settled_s,
        peaks_bytes=(by_group.peak_memory_bytes, by_tree.peak_memory_bytes),
    )


def shown(row: Counts) -> str:
    """One line for one build."""
    peaks = " / ".join("-" if peak is None else f"{peak / 1e6:.0f}" for peak in row.peaks_bytes)
    return (
        f"{row.kind}: truth {row.truth_s:.3f} s, v{row.version} group {row.group_s:.3f}, tree {row.tree_s:.3f} "
        f"(cargo's {row.waited_s:.3f} + server's {row.server_s:.2f}); server quiet after "
        f"{row.settled_s * 1e3:.0f} ms; peak {peaks} MB"
    )


def judged(what: str, ratios: Sequence[float]) -> bool:
    """Print the mean ratio with its 95 % interval (t, on the logarithms), and whether that lies within the limit."""
    logs = [math.log(ratio) for ratio in ratios]
    low, middle, high = (math.exp(value) for value in interval(logs))
    ok = low > 1 - AGREE_WITHIN and high < 1 + AGREE_WITHIN
    print(
        f"{what}: {middle:.4f} ({low:.4f} to {high:.4f}), single ones {min(ratios):.4f} to "
        f"{max(ratios):.4f}, n = {len(ratios)}: {'within' if ok else 'NOT within'} {AGREE_WITHIN:.0%}"
    )
    return ok


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean between the ends of its 95 % confidence interval (Student's t)."""
    mean, spread = statistics.fmean(values), statistics.stdev(values)
    margin = two_sided_quantile(0.95, len(values) - 1) * spread / math.sqrt(len(values))
    return mean - margin, mean, mean + margin


def overhead(pairs: int) -> int:
    """Time builds with nothing to do: plain, and read in several ways, in an order that is drawn for each round."""
    env = without_sccache(clean_environment(os.environ))
    best, tree = find_accounting(), Accounting()
    with tempfile.TemporaryDirectory() as top, contextlib.ExitStack() as stack:
        workspace = generate(Path(top) / "workspace")
        plain = Arm(variant=Variant(name="plain"))
        readings = {f"{best.method}": (plain, best), f"{tree.method}": (plain, tree)}
        found = Sccache().locate(env)
        if found is not None:
            cache = stack.enter_context(
                trial_cache(
                    name="meter", place=Path(top), engine=found.path, capacity=parse("2G"), env=env
                )
            )
            cache.prepare_cold()
            own = tuple(cache.own.items())
            cached = Arm(variant=Variant(name="cached", env=own, cached=True), probe=cache)
            readings[f"{best.method}, with a cache's server and counters"] = (cached, best)
        return timed_in_turn(pairs, workspace, Path(top) / "target", env, readings)


def timed_in_turn(
    pairs: int,
    workspace: Path,
    target: Path,
    env: Mapping[str, str],
    readings: Mapping[str, tuple[Arm, Accounting]],
) -> int:
    """Build once, then `pairs` rounds with nothing to do (after one that does not count); print and judge."""
    drawn = random.Random(1)  # noqa: S311
    config = f'build.build-dir="{target}"'
    words = ["cargo", "build", "--workspace", "--offline", "--config", config]
    words += ["--target-dir", str(target)]
    subprocess.run(words, cwd=workspace, env=env, capture_output=True, check=True)
    plain_s: list[float] = []
    whole_s: dict[str, list[float]] = {name: [] for name in readings}
    wall_s: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(pairs + 1):
        for name in drawn.sample(["", *readings], 1 + len(readings)):
            began_s = time.perf_counter()
            if not name:
                subprocess.run(words, cwd=workspace, env=env, capture_output=True, check=True)
                plain_s.append(time.perf_counter() - began_s)
                continue
            arm, accounting = readings[name]
            reading = take_reading(
                arm,
                workspace=workspace,
                target_dir=target,
                environ=env,
                flags=("--offline",),
                accounting=accounting,
            )
            whole_s[name].append(time.perf_counter() - began_s)
            wall_s[name].append(reading.outcome.wall_s)
            if not reading.outcome.ok or reading.outcome.units_compiled:
                sys.exit(f"this was no build with nothing to do: {reading.outcome.rendered}")
            if reading.used.method != accounting.method:
                sys.exit(f"counted by {reading.used.method}: {reading.used.note}")
    middle_ms = statistics.median(plain_s[1:]) * 1e3
    print(f"cargo build with nothing to do: median {middle_ms:.1f} ms, n = {pairs}")
    ok = True
    for name, whole in whole_s.items():
        # With a cache the reading also asks its server twice and moves it into the group and back: shown, not judged.
        within = added(f"{name}: the whole reading adds", whole[1:], plain_s[1:])
        ok &= within or readings[name][0].probe is not None
        ok &= added(f"{name}: of that, in the wall time", wall_s[name][1:], plain_s[1:])
    return 0 if ok else 1


def added(what: str, times_s: Sequence[float], plain_s: Sequence[float]) -> bool:
    """Print the median difference of the pairs with its interval, and whether that lies below the limit.

    The interval takes no distribution for granted (order statistics of the sign test, 95 % at least): on a busy machine
    single builds are late by ten times what is looked for.
    """
    differences_ms = sorted((a - b) * 1e3 for a, b in zip(times_s, plain_s, strict=True))
    n = len(differences_ms)
    cut = max(k for k in range(n) if sum(math.comb(n, i) for i in range(k)) * 2 <= 0.05 * 2**n)
    low, high = differences_ms[max(cut, 1) - 1], differences_ms[n - max(cut, 1)]
    ok = high < OVERHEAD_LIMIT_S * 1e3
    middle, word = statistics.median(differences_ms), "ok" if ok else "TOO MUCH"
    print(f"{what} {middle:.1f} ms ({low:.1f} to {high:.1f}): {word}")
    return ok


if __name__ == "__main__":
    sys.exit(main())
