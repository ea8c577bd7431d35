"""All levers, in the order in which they are tried and shown."""

from cargo_hone.levers import (
    build_dir,
    build_override,
    codegen_units,
    debug_information,
    incremental,
    linker,
    profile_of_tests,
)
from cargo_hone.levers.compiler_cache import CompilerCache
from cargo_hone.levers.cranelift import CRANELIFT
from cargo_hone.levers.feature_unification import FeatureUnification
from cargo_hone.levers.interface import Lever
from cargo_hone.levers.other_cache import ZCCACHE
from cargo_hone.levers.parallel_front_end import PARALLEL_FRONT_END
from cargo_hone.levers.pipeline_incremental import PipelineIncremental
from cargo_hone.levers.share_generics import SHARE_GENERICS
from cargo_hone.levers.shared_target import SharedTarget
from cargo_hone.levers.split_debuginfo import KeptUnpacked
from cargo_hone.levers.unpacked_objects import UnpackedObjects

LEVERS: tuple[Lever, ...] = (
    CompilerCache(),
    SharedTarget(),
    debug_information.LINE_TABLES,
    UnpackedObjects(),
)
"""Those of the main job, which is no search: what pays nearly everywhere."""

ALL: tuple[Lever, ...] = (
    *LEVERS,
    debug_information.NONE,
    debug_information.LIMITED,
    debug_information.DEPENDENCIES,
    KeptUnpacked(),
    linker.MOLD,
    linker.WILD,
    linker.LLD,
    codegen_units.FEWER,
    codegen_units.ONE_FOR_DEPENDENCIES,
    build_override.OPTIMISED,
    build_override.PLAIN,
    incremental.OFF,
    incremental.ON,
    PipelineIncremental(),
    profile_of_tests.LESS_DEBUG,
    profile_of_tests.OPTIMISED,
    build_dir.IN_MEMORY,
    build_dir.ELSEWHERE,
    ZCCACHE,
    PARALLEL_FRONT_END,
    SHARE_GENERICS,
    CRANELIFT,
    FeatureUnification(),
)
"""Those that the search and `apply` know."""


def lever_named(name: str) -> Lever | None:
    """Return the lever of that name."""
    return next((lever for lever in ALL if lever.name == name), None)
