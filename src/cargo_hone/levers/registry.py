"""All levers, in the order in which they are tried and shown."""

from cargo_hone.levers.compiler_cache import CompilerCache
from cargo_hone.levers.debug_information import DebugInformation
from cargo_hone.levers.interface import Lever
from cargo_hone.levers.shared_target import SharedTarget
from cargo_hone.levers.unpacked_objects import UnpackedObjects

LEVERS: tuple[Lever, ...] = (
    CompilerCache(),
    SharedTarget(),
    DebugInformation(),
    UnpackedObjects(),
)
