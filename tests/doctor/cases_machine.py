"""Cases of the rules about working trees, file systems and disks."""

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

from cargo_hone.demo.tiny import TinySpec
from cargo_hone.doctor.facts import DiskForecast, Machine
from cargo_hone.target.mounts import Mount
from tests.doctor.case import Case, RuleCases

CONFIG = ".cargo/config.toml"
WITH_GIT = TinySpec(crates=2, commits=1)


def second_tree(root: Path) -> None:
    subprocess.run(
        ["git", "worktree", "add", "-q", "--detach", str(root.parent / "second")],
        cwd=root,
        check=True,
        capture_output=True,
    )


def mounted(*mounts: tuple[str, str]) -> Callable[[Machine], Machine]:
    table = tuple(Mount(point=Path(point), kind=kind) for point, kind in mounts)
    return lambda machine: dataclasses.replace(machine, mounts=table)


def room(free_bytes: int) -> Callable[[Machine], Machine]:
    forecast = DiskForecast(
        free_bytes=free_bytes, clean_build_bytes=5_000_000_000, builds_measured=4
    )
    return lambda machine: dataclasses.replace(machine, disk=forecast)


def trees(text: str) -> Case:
    return Case(spec=WITH_GIT, files={CONFIG: text}, before=second_tree)


NETWORK = mounted(("/", "ext4"), ("/nfs", "nfs4"))

CASES = {
    "HONE009": RuleCases(
        fires=trees('[build]\nbuild-dir = "../build/"\n'),
        at={f"{CONFIG}:2:1": True},
        more={
            "an absolute target-dir": (
                trees('[build]\ntarget-dir = "/srv/all-builds"\n'),
                {f"{CONFIG}:2:1": False},
            ),
            "above all trees": (
                Case(
                    spec=WITH_GIT,
                    files={"../.cargo/config.toml": '[build]\ntarget-dir = "target"\n'},
                    before=second_tree,
                ),
                {"../.cargo/config.toml:2:1": False},
            ),
            "the environment": (
                Case(
                    spec=WITH_GIT, before=second_tree, env={"CARGO_TARGET_DIR": "/srv/all-builds"}
                ),
                {"variable CARGO_TARGET_DIR": None},
            ),
        },
        quiet={
            "one tree": Case(spec=WITH_GIT, files={CONFIG: '[build]\ntarget-dir = "/srv/x"\n'}),
            "inside each tree": trees('[build]\ntarget-dir = "out"\n'),
            "a part that differs": trees(
                '[build]\nbuild-dir = "/srv/builds/{workspace-path-hash}"\n'
            ),
            "only what is final": trees(
                '[build]\ntarget-dir = "/srv/x"\nbuild-dir = "{workspace-root}/build"\n'
            ),
            "the default": trees(""),
        },
    ),
    "HONE018": RuleCases(
        fires=Case(env={"CARGO_TARGET_DIR": "/nfs/target"}, machine=NETWORK),
        at={"target directory /nfs/target": None},
        remedied=Case(env={"CARGO_TARGET_DIR": "/var/target"}, machine=NETWORK),
        more={
            "a container's own layer": (
                Case(
                    env={"CARGO_TARGET_DIR": "/cache/target"},
                    machine=mounted(("/", "ext4"), ("/cache", "overlay")),
                ),
                {"target directory /cache/target": None},
            ),
        },
        quiet={
            "a local disk": Case(machine=mounted(("/", "ext4"))),
            "hidden by a later mount": Case(
                env={"CARGO_TARGET_DIR": "/nfs/target"},
                machine=mounted(("/", "ext4"), ("/nfs", "nfs4"), ("/nfs", "xfs")),
            ),
            "nothing better": Case(machine=mounted(("/", "overlay"))),
            "not known": Case(machine=mounted()),
        },
    ),
    "HONE020": RuleCases(
        fires=Case(machine=room(12_000_000_000)),
        at={"disk of {root}/target": None},
        remedied=Case(machine=room(15_000_000_000)),
        quiet={"nothing measured": Case(), "room": Case(machine=room(50_000_000_000))},
    ),
}
