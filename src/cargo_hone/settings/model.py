"""The settings: one struct a table, each key with its default. The JSON Schema is made from these.

A key `warn` in `[disk.ci]` has the environment twin `HONE_DISK_CI_WARN`. Never `CARGO_*`: sccache hashes those.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Bytes = Annotated[
    str,
    Meta(
        pattern=r"^\d+(\.\d+)?\s*([KMGTkmgt]?([iI]?[bB])?)$", description="a size: 10G, 500M, 10GiB"
    ),
]
Share = Annotated[str, Meta(pattern=r"^\d+(\.\d+)?\s*%$", description="a percentage: 95%")]
Span = Annotated[str, Meta(pattern=r"^(\d+[wdhms])+$", description="a duration: 14d, 1h30m, 90s")]


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A table of the file: a key that is not known is an error, never ignored."""


class Thresholds(Table, frozen=True, kw_only=True):
    """When a target directory is worth a word, a sweep, or a stop.

    Past `warn` a warning is printed; past `sweep` the directory is swept down to `warn` (two marks, so that not
    every build sweeps); past `fail` the disk itself is so full that the next build would break.
    """

    warn: Bytes = "10G"
    sweep: Bytes = "15G"
    fail: Share = "95%"


class CiThresholds(Thresholds, frozen=True, kw_only=True):
    """On a runner the target directory travels through a cache of which a repository has 10 GB in all."""

    warn: Bytes = "3G"
    sweep: Bytes = "5G"


class CodespaceThresholds(Thresholds, frozen=True, kw_only=True):
    """The smallest codespace has a disk of 32 GB, half of it taken by its images."""

    warn: Bytes = "6G"
    sweep: Bytes = "10G"
    fail: Share = "90%"


class Disk(Thresholds, frozen=True, kw_only=True):
    """`[disk]`: thresholds on people's own machines, and in the two places that have their own."""

    ci: CiThresholds = msgspec.field(default_factory=CiThresholds)
    codespace: CodespaceThresholds = msgspec.field(default_factory=CodespaceThresholds)


class Cache(Table, frozen=True, kw_only=True):
    """`[cache]`: the compiler cache. `remote` is where it goes on from this machine, without credentials."""

    size: Bytes = "10G"
    remote: str = ""


class Ci(Table, frozen=True, kw_only=True):
    """`[ci]`: what `cargo hone ci init` writes.

    `package` is what `pip install` gets; `{version}` stands for the version that wrote the workflow. `cache`: the
    target directory or sccache; both would share one quota and evict each other. `prune`: a scheduled clean-up of
    what is kept on GitHub.
    """

    package: str = "cargo-hone=={version}"
    cache: Literal["auto", "target", "sccache", "none"] = "auto"
    sweeper: Literal["cargo-hone", "cargo-sweep"] = "cargo-hone"
    prune: bool = True
    prune_older_than: Span = "7d"
    prune_max_size: Bytes = "8G"


class Snapshot(Table, frozen=True, kw_only=True):
    """`[snapshot]`: the store of `cargo hone snapshot`.

    `max-size` is what it may take; what was not used for the longest time goes. `harmless-macros` are proc macros that
    you vouch for: they do not read where the workspace lies. `remote` is where `push` and `pull` go, without
    credentials.
    """

    max_size: Bytes = "20G"
    harmless_macros: tuple[str, ...] = ()
    remote: str = ""


Growth = Annotated[
    str,
    Meta(
        pattern=r"^(\d+(\.\d+)?\s*%|off)$",
        description="how much worse it may get: 10%; off: not judged",
    ),
]
GrowthOrBytes = Annotated[
    str,
    Meta(
        pattern=r"^(\d+(\.\d+)?\s*(%|[KMGTkmgt]?([iI]?[bB])?)|off)$",
        description="how much larger it may get (10%), or how large it may be (12G); off: not judged",
    ),
]
BytesOrOff = Annotated[
    str,
    Meta(
        pattern=r"^(\d+(\.\d+)?\s*([KMGTkmgt]?([iI]?[bB])?)|off)$",
        description="a size: 10G, 500M, 10GiB; off: not judged",
    ),
]


class Gate(Table, frozen=True, kw_only=True):
    """`[gate]`: what `cargo hone ci gate` fails on, where it is shown to be worse than on the branch `base`.

    `clean` and `incremental` are build times, `target` is what a clean build leaves on the disk, `cache-saved` the
    share of a clean build that the compiler cache saves, `free-disk` what must be left. `base` is the default branch
    unless it is named (in a pull request: the branch that it goes to). `proof`: build base and head side by side where
    the history does not show that all is well: in pipelines, or never.
    """

    clean: Growth = "10%"
    incremental: Growth = "10%"
    target: GrowthOrBytes = "10%"
    cache_saved: Growth = "10%"
    free_disk: BytesOrOff = "2G"
    base: str = ""
    proof: Literal["auto", "never"] = "auto"
    proof_budget: Span = "15m"


Often = Annotated[float, Meta(ge=0, description="how often in a day somebody waits for it")]


class TuneDay(Table, frozen=True, kw_only=True):
    """`[tune.day]`: how often in a day a developer waits for each scenario."""

    clean_cold: Often = 1
    clean_warm: Often = 1
    edit_root: Often = 10
    edit_leaf: Often = 30
    check: Often = 30
    test_build: Often = 10
    switch: Often = 4


class TuneCi(Table, frozen=True, kw_only=True):
    """`[tune.ci]`: the same for the pipeline."""

    clean_cold: Often = 2
    clean_warm: Often = 2
    edit_root: Often = 0
    edit_leaf: Often = 0
    check: Often = 0
    test_build: Often = 0
    switch: Often = 0


class Tune(Table, frozen=True, kw_only=True):
    """`[tune]`: what `cargo hone tune` goes by. `margin`: by how much a scenario may get slower for another's gain."""

    margin: Share = "5%"
    day: TuneDay = msgspec.field(default_factory=TuneDay)
    ci: TuneCi = msgspec.field(default_factory=TuneCi)


class Coordination(Table, frozen=True, kw_only=True):
    """`[coordination]`: who else is told of the work. No listener can fail a run or slow it down.

    `command` is run once an event with the event as JSON on its standard input; `jsonl` is a file that gets one
    line an event, relative to the workspace.
    """

    claude_flow: Literal["auto"] | bool = "auto"
    package: str = "claude-flow@alpha"
    description: str = "Task 7.1: Build Infrastructure Optimization"
    task_id: str = "task-7.1-build-infra"
    session_id: str = "swarm-phase7"
    memory_prefix: str = "phase7/build_infra"
    notify_prefix: str = "Build Infra: "
    command: tuple[str, ...] = ()
    jsonl: str = ""
    timeout: Span = "60s"


class Doctor(Table, frozen=True, kw_only=True):
    """`[doctor]`: what `cargo hone doctor` does not look for. `ignore` names rules: `HONE012`."""

    ignore: tuple[
        Annotated[str, Meta(pattern=r"^HONE\d{3}$", description="a rule: HONE012")], ...
    ] = ()


class OwnScenario(Table, frozen=True, kw_only=True):
    """`[scenarios.NAME]`: something that people here wait for, for `cargo hone measure --scenario NAME`.

    `command` is cargo's, with the subcommand first. Before each time it is measured files are touched, or a function of
    the crate `edit` is changed, or `patch` is applied (and taken back afterwards): at most one of the three; paths are
    relative to the workspace's root. `from`: the command starts in an empty target directory, or in one that it has
    brought up to date.
    """

    command: Annotated[tuple[str, ...], Meta(min_length=1)]
    touch: tuple[str, ...] = ()
    edit: str = ""
    patch: str = ""
    from_: Literal["clean", "built"] = msgspec.field(default="built", name="from")


ScenarioName = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Settings(Table, frozen=True, kw_only=True):
    """The whole file."""

    disk: Disk = msgspec.field(default_factory=Disk)
    cache: Cache = msgspec.field(default_factory=Cache)
    ci: Ci = msgspec.field(default_factory=Ci)
    gate: Gate = msgspec.field(default_factory=Gate)
    tune: Tune = msgspec.field(default_factory=Tune)
    snapshot: Snapshot = msgspec.field(default_factory=Snapshot)
    coordination: Coordination = msgspec.field(default_factory=Coordination)
    doctor: Doctor = msgspec.field(default_factory=Doctor)
    scenarios: dict[ScenarioName, OwnScenario] = msgspec.field(default_factory=dict)
