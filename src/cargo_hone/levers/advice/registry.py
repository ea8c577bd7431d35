"""All advisers, in the order in which they speak."""

from cargo_hone.levers.advice.build_scripts import BuildScripts
from cargo_hone.levers.advice.critical_crate import CriticalCrate
from cargo_hone.levers.advice.duplicate_versions import DuplicateVersions
from cargo_hone.levers.advice.integration_tests import IntegrationTests
from cargo_hone.levers.advice.interface import Advice, Adviser
from cargo_hone.levers.advice.recorded import Recorded
from cargo_hone.workspace.facts import WorkspaceFacts

ADVISERS: tuple[Adviser, ...] = (
    CriticalCrate(),
    DuplicateVersions(),
    IntegrationTests(),
    BuildScripts(),
)


def advise(recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
    """What all of them say."""
    return tuple(one for adviser in ADVISERS for one in adviser.advise(recorded, facts))
