"""What one target directory for everything saves, measured in bytes."""

from cargo_hone.cargo.build import build
from cargo_hone.files.walk import disk_usage
from cargo_hone.history.run import SharedTarget
from cargo_hone.levers.shared_target import same_names, separate
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.scratch import Scratch
from cargo_hone.model import Standing
from cargo_hone.optimize.proof import locked
from cargo_hone.workspace.facts import WorkspaceFacts


def measure_sharing(
    facts: WorkspaceFacts, *, scratch: Scratch, arm: Arm, flags: tuple[str, ...]
) -> SharedTarget:
    """Build the excluded packages apart and then into the workspace's target, as `arm` builds it, and count.

    A package that does not build is left out, and named in the evidence.
    """
    shared_dir = scratch.target_dir(arm.name)
    workspace_bytes = disk_usage(shared_dir).allocated_bytes
    own_bytes, built, failed = 0, [], []
    for package in separate(facts):
        place = scratch.top / package.root.relative_to(scratch.original_top)
        apart = scratch.target_dir(f"apart {package.name}")
        outcomes = [
            build(
                cwd=place,
                args=["build", *locked(package, flags)],
                env={**scratch.environ, **dict(arm.variant.env)},
                config=arm.variant.config,
                target_dir=target_dir,
            )
            for target_dir in (apart, shared_dir)
        ]
        if all(outcome.ok for outcome in outcomes):
            built.append(package.name)
            own_bytes += disk_usage(apart).allocated_bytes
        else:
            failed.append(package.name)
    separate_bytes = workspace_bytes + own_bytes
    shared_bytes = disk_usage(shared_dir).allocated_bytes
    names = ", ".join(built)
    evidence = f"{names} built apart and into the workspace's target directory"
    if failed:
        evidence += f"; {', '.join(failed)} did not build and was left out"
    return SharedTarget(
        standing=Standing.APPLIED if shared_bytes < separate_bytes else Standing.DID_NOT_PAY,
        evidence=evidence if built else f"{', '.join(failed)} did not build",
        packages=tuple(built),
        separate_bytes=separate_bytes if built else None,
        shared_bytes=shared_bytes if built else None,
        same_name_binaries=same_names(facts),
    )
