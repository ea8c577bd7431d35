"""A run of the main job as far as its listeners see it: a process of its own, told by JSON what happens in it."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from cargo_hone.coordination.run import begin
from cargo_hone.errors import BuildFailed
from cargo_hone.events import Event, EventKind
from cargo_hone.settings.model import Coordination


def main() -> None:
    given = json.loads(sys.stdin.read())
    with begin(
        msgspec.convert(given["settings"], Coordination),
        root=Path(given["root"]),
        state_dir=Path(given["state"]),
        env=dict(os.environ),
        note=lambda text: sys.stderr.write(f"note: {text}\n"),
        offline=given.get("offline", False),
    ) as told:
        for kind, step, message, data in given["events"]:
            told.emit(Event(kind=EventKind(kind), step=step, message=message, data=data))
        match given["ending"]:
            case "finished":
                pass
            case "failed":
                raise BuildFailed("the build broke", next_step="mend it")
            case "bug":
                raise RuntimeError("a bug")
            case "interrupted":
                raise KeyboardInterrupt
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "waiting":
                sys.stdout.write("waiting\n")
                sys.stdout.flush()
                time.sleep(600)


if __name__ == "__main__":
    main()
