"""Facts of the machine that samples were taken on, as far as they decide how long a build takes."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from cargo_hone import proc
from cargo_hone.errors import HoneError

UNKNOWN = "unknown"
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine. `load` is the one-minute load average when the run began.

    `cores` are the logical processors that this process may use, not those of the machine. `memory_bytes`
    is physical memory. What could not be found out is None, or "unknown" for a name.
    """

    cpu_model: str
    cores: int
    memory_bytes: int | None
    kernel: str
    load: float | None


def observe() -> Environment:
    """Ask this machine. Never raises: a machine that does not tell is described as unknown."""
    system = os.uname()
    return Environment(
        cpu_model=_cpu_model(),
        cores=proc.processors(),
        memory_bytes=_memory_bytes(),
        kernel=f"{system.sysname} {system.release} {system.machine}",
        load=_load(),
    )


def model_name(cpuinfo: str) -> str | None:
    """Find the processor's name in the text of /proc/cpuinfo; arm64 kernels print none, only part numbers."""
    found = re.search(r"^(?:model name|cpu model|Model)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return " ".join(found[1].split()) if found else None


def _cpu_model() -> str:
    if sys.platform == "darwin":
        return _darwin_cpu_model()
    try:
        name = model_name(_CPUINFO.read_text(errors="replace"))
    except OSError:
        name = None
    return name or UNKNOWN


def _darwin_cpu_model() -> str:
    try:
        answer = proc.run(["sysctl", "-n", "machdep.cpu.brand_string"], timeout_s=2)
    except HoneError:
        return UNKNOWN
    return answer.text.strip() if answer.ok and answer.text.strip() else UNKNOWN


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None
