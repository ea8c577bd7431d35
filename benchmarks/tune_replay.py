"""Does the search leave out what does nothing, and what does harm? It runs on recorded times, a thousand times over.

`python -m benchmarks.tune_replay [--replays 1000] [--budget 20m]` replays the recording that lies in benchmarks/data.
Its builds are real: a generated workspace as it is, with less debug information, with a compiler wrapper that sleeps
before each unit (harm), and with a profile key that says what cargo does anyway (nothing). `--record` makes it anew.

The machine was shared when it was recorded: `--noise 0.2` is one that is a fifth as noisy. `--harm 0.07` replaces the
harm by a ratio of 1.07 in clean builds, so that it is as small as it can be to count.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cargo_hone.cli.duration import Duration
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Order
from cargo_hone.measure.scratch import scratch_copy
from cargo_hone.measure.session import measure
from cargo_hone.model import AnyScenario, Sample, Scenario, Variant, scenario_named
from cargo_hone.proc import clean_environment, run
from cargo_hone.settings.model import Tune
from cargo_hone.tune.candidates import weights
from cargo_hone.tune.fate import Candidate, Fate
from cargo_hone.tune.replay import Heard, hear, replay
from cargo_hone.tune.screening import Rules
from cargo_hone.tune.search import Search

RECORDING = Path(__file__).parent / "data" / "tune_replay.json"
SCENARIOS: tuple[AnyScenario, ...] = (
    Scenario.CLEAN_COLD,
    Scenario.EDIT_ROOT,
    Scenario.EDIT_LEAF,
)
GOOD, USELESS, HARMFUL = "debug", "useless", "harmful"
_ROUNDS = 6
_SLEEPS_S = 0.15
_LIKE_S = 55.0
"""How long a clean build shall take in the replays: that of the demonstration workspace."""
_MEMBERS, _STRUCTS = 3, 6


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of each lever, and how often the planted ones were both left out."""

    replays: int
    fates: Mapping[str, Counter[Fate]]
    both_left_out: int
    overran: int

    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95 % for the share of replays that left both out."""
        z, n = 1.96, self.replays
        share = self.both_left_out / n
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return middle - half, middle + half


def load(path: Path = RECORDING, *, noise: float = 1.0) -> dict[AnyScenario, Heard]:
    """Read a recording, scaled so that a clean build takes as long as a real one; `noise` shrinks what is random."""
    document: dict[str, Any] = json.loads(path.read_text())
    rounds = {scenario_named(name): found for name, found in document["rounds"].items()}
    cold = [one["baseline"] for one in rounds[Scenario.CLEAN_COLD]]
    factor = _LIKE_S / (sum(cold) / len(cold))
    heard = {
        scenario: hear([{arm: s * factor for arm, s in one.items()} for one in found])
        for scenario, found in rounds.items()
    }
    return {
        scenario: replace(one, residuals=tuple(noise * residual for residual in one.residuals))
        for scenario, one in heard.items()
    }


def replays(
    heard: Mapping[AnyScenario, Heard],
    *,
    count: int,
    budget_s: float = 1200.0,
    seed: int = 0,
    harm: float | None = None,
    more: Mapping[str, Mapping[AnyScenario, float]] | None = None,
) -> Tally:
    """Search `count` times; a second useless lever and the recorded ones are the candidates, and `more`."""
    names = (GOOD, USELESS, HARMFUL, "useless-too", *(more or {}))
    effects: dict[str, Mapping[AnyScenario, float]] = {"useless-too": {}, **(more or {})}
    if harm is not None:
        effects[HARMFUL] = {Scenario.CLEAN_COLD: math.log1p(harm)}
    # What is planted to do nothing does nothing: what chance has put into its recording is not its effect.
    effects[USELESS] = {}
    fates: dict[str, Counter[Fate]] = {name: Counter() for name in names}
    both = overran = 0
    for number in range(count):
        search = Search(
            candidates=tuple(Candidate(name=name) for name in names),
            rules=Rules(weights=weights(SCENARIOS, Tune(), cached=False)),
            budget_s=budget_s,
            clean_s=_LIKE_S,
            seed=seed + number,
        )
        done = replay(search, heard, seed=seed + number, effects=effects)
        for name in names:
            fates[name][done.search.outcomes[name].fate] += 1
        planted = {USELESS, HARMFUL, "useless-too"}
        both += not planted & {*done.search.chosen}
        overran += done.elapsed_s > 1.1 * budget_s
    return Tally(replays=count, fates=fates, both_left_out=both, overran=overran)


def record(path: Path = RECORDING) -> None:
    """Build the recorded arms side by side, for real, and keep their times."""
    with tempfile.TemporaryDirectory(prefix="hone-record-") as place:
        root = generate(Path(place) / "ws")
        wrapper = Path(place) / "sleeps"
        wrapper.write_text(f'#!/bin/sh\nsleep {_SLEEPS_S}\nexec "$@"\n')
        wrapper.chmod(0o755)
        environ = clean_environment(os.environ)
        run(["cargo", "generate-lockfile", "--offline"], cwd=root, env=environ)
        variants = (
            Variant(name="baseline"),
            Variant(name=GOOD, config=('profile.dev.debug="line-tables-only"',)),
            Variant(name=USELESS, config=('profile.dev.panic="unwind"',)),
            Variant(name=HARMFUL, config=(f'build.rustc-wrapper="{wrapper}"',)),
        )
        samples: list[Sample] = []
        with scratch_copy(root, target_dir=root / "target", environ=environ) as scratch:
            measure(
                scratch,
                [Arm(variant=variant) for variant in variants],
                Order(repetitions=dict.fromkeys(SCENARIOS, _ROUNDS), seed=1, unit_times=False),
                flags=["--offline"],
                on_progress=lambda _: None,
                on_sample=samples.append,
            )
    rounds: dict[str, list[dict[str, float]]] = {}
    for scenario in SCENARIOS:
        blocks: dict[int, dict[str, float]] = {}
        for sample in samples:
            if sample.scenario == scenario:
                blocks.setdefault(sample.repetition, {})[sample.variant] = round(sample.wall_s, 4)
        rounds[scenario] = [blocks[number] for number in sorted(blocks)]
    path.parent.mkdir(exist_ok=True)
    about = "seconds of real builds side by side; see benchmarks/tune_replay.py"
    path.write_text(json.dumps({"about": about, "rounds": rounds}, indent=1) + "\n")


def generate(root: Path) -> Path:
    """Write a workspace without dependencies, whose crates have something to compile."""
    names = [f"part{number}" for number in range(_MEMBERS)]
    members = json.dumps([*names, "product"])
    files = {"Cargo.toml": f'[workspace]\nresolver = "2"\nmembers = {members}\n'}
    below = ""
    for name in names:
        structs = "".join(_struct(number) for number in range(_STRUCTS))
        call = f"{below}::all()" if below else "0"
        files[f"{name}/src/lib.rs"] = (
            f"{structs}\npub fn all() -> usize {{\n    let mut sum = {call};\n"
            + "".join(f"    sum += weigh{number}();\n" for number in range(_STRUCTS))
            + "    sum\n}\n"
        )
        needs = f'{below} = {{ path = "../{below}" }}\n' if below else ""
        files[f"{name}/Cargo.toml"] = _manifest(name, needs)
        below = name
    files["product/src/main.rs"] = (
        'fn main() {\n    let found = part2::all();\n    println!("{found}");\n}\n'
    )
    files["product/Cargo.toml"] = _manifest("product", 'part2 = { path = "../part2" }\n')
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _struct(number: int) -> str:
    return (
        "#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]\n"
        f"pub struct S{number} {{ pub a: u64, pub b: String, pub c: Vec<u32> }}\n"
        f"pub fn weigh{number}() -> usize {{\n    let all: std::collections::BTreeSet<S{number}> =\n"
        f'        (0..3).map(|a| S{number} {{ a, b: format!("{{a}}"), c: vec![1] }}).collect();\n'
        '    format!("{all:?}").len()\n}\n'
    )


def _manifest(name: str, needs: str) -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{needs}'
    )


def main() -> int:
    """Replay, or record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replays", type=int, default=1000)
    parser.add_argument("--budget", default="20m")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--harm", type=float)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    if given.record:
        record()
    budget_s = Duration().convert(given.budget, None, None)
    started_s = time.monotonic()
    tally = replays(
        load(noise=given.noise),
        count=given.replays,
        budget_s=budget_s,
        seed=given.seed,
        harm=given.harm,
    )
    for name, fates in tally.fates.items():
        said = ", ".join(f"{fate} {count}" for fate, count in fates.most_common())
        print(f"{name:12} {said}")
    low, high = tally.interval()
    print(
        f"planted levers all left out in {tally.both_left_out} of {tally.replays} replays"
        f" ({tally.both_left_out / tally.replays:.1%}, {low:.1%} to {high:.1%});"
        f" {tally.overran} overran the budget by more than a tenth;"
        f" {time.monotonic() - started_s:.0f} s"
    )
    return 0 if tally.both_left_out >= 0.95 * tally.replays else 1


if __name__ == "__main__":
    sys.exit(main())
