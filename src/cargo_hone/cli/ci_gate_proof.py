"""The proof of `cargo hone ci gate`: base and head built in turns, shown while it goes on, and kept in history."""

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.ci.gate_judged import Budget, GateResult
from cargo_hone.ci.gate_proof import BASE_SIDE, HEAD_SIDE, prove
from cargo_hone.ci.gate_proven import proven, without_proof
from cargo_hone.ci.gate_sides import Task
from cargo_hone.cli.invocation import Invocation
from cargo_hone.errors import HoneError
from cargo_hone.events import Event, EventKind
from cargo_hone.files.walk import disk_usage
from cargo_hone.history import environment
from cargo_hone.history.course import LOOKED_FACT
from cargo_hone.history.database import open_history
from cargo_hone.history.record import Recorder
from cargo_hone.measure import recording
from cargo_hone.measure.gate_budget import GATE_LOOKS
from cargo_hone.model import Sample, Variant
from cargo_hone.ui.progress import Progress
from cargo_hone.workspace import configuration

_GUESS_BYTES_PER_PACKAGE = 10 * 10**6
_SPARE_BYTES = 200 * 10**6
LABEL = "ci gate"


def proven_result(
    invocation: Invocation,
    result: GateResult,
    *,
    known: Metadata,
    allowed: Mapping[Budget, float],
    seconds: float,
    cache_size: str,
    scratch_dir: Path | None,
) -> GateResult:
    """Return the result with the verdicts of a proof; where none can be made, without failures that need one."""
    commit = result.runs.base_commit
    if commit is None:
        return without_proof(
            result, "; ".join(result.notes) or "there is no commit of base to build"
        )
    progress = Progress(invocation.console)

    def tell(message: str) -> None:
        progress(Event(kind=EventKind.PROGRESS, step="ci gate", message=message, expected_s=None))

    task = Task(
        known=known,
        base_commit=commit,
        allowed=allowed,
        seconds=seconds,
        env=invocation.env,
        flags=invocation.flags,
        configuration=configuration.read(known.workspace_root, env=invocation.env),
        cache_size=cache_size,
        scratch_parent=scratch_dir,
        room_bytes=_room_bytes(known),
        seed=time.time_ns() % 2**31,
        tell=tell,
    )
    try:
        with _Kept(invocation, task) as kept:
            proof = prove(task, on_sample=kept.sample)
    except HoneError as error:
        progress.close()
        if error.detail:
            invocation.console.err.write(f"{error.detail.rstrip()}\n\n")
        return without_proof(result, f"{error.message} ({error.next_step})")
    finally:
        progress.close()
    return proven(result, proof, allowed)


class _Kept(contextlib.ExitStack):
    """Keeps the samples in history, as a run of the variants `base` and `head`; begun with the first sample."""

    def __init__(self, invocation: Invocation, task: Task) -> None:
        super().__init__()
        self._invocation = invocation
        self._task = task
        self._observed = environment.observe()
        self._recorder: Recorder | None = None

    def sample(self, sample: Sample) -> None:
        """Keep one sample."""
        if self._recorder is None:
            self._recorder = self._begun()
        self._recorder.sample(sample)

    def _begun(self) -> Recorder:
        root = self._task.known.workspace_root
        database = self.enter_context(open_history(self._invocation.state_dir(root)))
        recorder = recording.start(
            database,
            root=root,
            env=self._invocation.env,
            variants=(Variant(name=BASE_SIDE), Variant(name=HEAD_SIDE)),
            label=LABEL,
            seed=self._task.seed,
            observed=self._observed,
        )
        self.enter_context(recorder)
        recorder.fact("base commit", self._task.base_commit)
        recorder.fact(LOOKED_FACT, ", ".join(map(str, GATE_LOOKS)))
        return recorder


def _room_bytes(known: Metadata) -> int:
    built = disk_usage(known.target_directory / "debug").allocated_bytes
    return max(built, _GUESS_BYTES_PER_PACKAGE * len(known.packages)) + _SPARE_BYTES
