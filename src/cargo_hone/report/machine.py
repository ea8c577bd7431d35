"""The machine and the toolchain as labelled facts, for the pages."""

from cargo_hone.history.run import FactKey, RunRecord
from cargo_hone.report import figures

_GIB = 1 << 30


def machine_facts(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """List (label, text); what is not known is left out."""
    machine, subject = run.environment, run.subject
    facts = [
        ("processor", f"{machine.cpu_model}, {figures.count(machine.cores, 'logical core')}"),
        ("memory", _memory(machine.memory_bytes)),
        ("kernel", machine.kernel),
        ("load when it began", None if machine.load is None else f"{machine.load:g}"),
        ("rustc", _rustc(subject.rustc_version)),
        ("cargo", subject.cargo_version.removeprefix("cargo ").strip()),
        ("compiler cache", run.fact(FactKey.CACHE)),
        ("cargo-hone", subject.tool_version),
    ]
    return tuple((label, text) for label, text in facts if text)


def _memory(size_bytes: int | None) -> str | None:
    """Memory is sold and thought of in powers of two, unlike disks."""
    return None if size_bytes is None else f"{size_bytes / _GIB:.1f} GiB"


def _rustc(verbose: str) -> str:
    """Take the first line of `rustc -vV` and the host, which it names further down."""
    first, *rest = verbose.strip().splitlines() or [""]
    host = next((line.removeprefix("host: ") for line in rest if line.startswith("host: ")), "")
    version = first.removeprefix("rustc ")
    return f"{version}, {host}" if host else version
