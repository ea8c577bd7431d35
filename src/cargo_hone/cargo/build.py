"""One `cargo build` (or a command that takes the same options), measured and understood."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo import messages
from cargo_hone.errors import BuildFailed
from cargo_hone.proc import Finished, run


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOutcome:
    """What a build did. `wall_s` and `cpu_s` are those of cargo and its children, in seconds.

    `rendered` holds the compiler's error messages and cargo's own last lines, for showing.
    """

    ok: bool
    returncode: int
    wall_s: float
    cpu_s: float
    messages: messages.BuildMessages
    rendered: str
    other_stdout: str = ""
    """What reached stdout beside cargo's messages (the output of programs that cargo ran)."""

    @property
    def units_compiled(self) -> int:
        """Number of units that rustc compiled."""
        return self.messages.compiled

    @property
    def units_fresh(self) -> int:
        """Number of units that were fresh."""
        return self.messages.fresh

    def require_ok(self, what: str, *, next_step: str) -> "BuildOutcome":
        """Return self, or raise BuildFailed with the compiler's words."""
        if not self.ok:
            raise BuildFailed(
                f"{what} failed (cargo exited with {self.returncode})",
                next_step=next_step,
                detail=self.rendered,
            )
        return self


def build(
    *,
    cwd: Path,
    args: Sequence[str],
    env: Mapping[str, str],
    config: Sequence[str] = (),
    target_dir: Path | None = None,
    on_unit: Callable[[int], None] | None = None,
) -> BuildOutcome:
    """Run `cargo ARGS --message-format=json` in `cwd` and return what it did; failure is a value.

    `args` begin with the subcommand (`["build", "--workspace"]`); what follows a `--` in them goes to the program
    that cargo runs. `config` are `KEY=VALUE` strings for `--config`. `on_unit` is called with the number of units
    finished so far.
    """
    done = 0

    def count(line: bytes) -> None:
        nonlocal done
        if line.startswith(b'{"reason":"compiler-artifact"'):
            done += 1
            if on_unit is not None:
                on_unit(done)

    finished = run(
        command(args, config=config, target_dir=target_dir), cwd=cwd, env=env, on_stdout_line=count
    )
    return outcome(finished)


def command(
    args: Sequence[str], *, config: Sequence[str] = (), target_dir: Path | None = None
) -> list[str]:
    """Return the argument vector: our options stand before a `--` in `args`."""
    words = list(args)
    cut = words.index("--") if "--" in words else len(words)
    own = ["--message-format=json"]
    for setting in config:
        own += ["--config", setting]
    if target_dir is not None:
        own += ["--target-dir", str(target_dir)]
    return ["cargo", *words[:cut], *own, *words[cut:]]


def outcome(finished: Finished) -> BuildOutcome:
    """Read what cargo said in a finished run."""
    said = messages.parse(finished.stdout.split(b"\n"))
    return BuildOutcome(
        ok=finished.ok,
        returncode=finished.returncode,
        wall_s=finished.wall_s,
        cpu_s=finished.cpu_s,
        messages=said,
        rendered="" if finished.ok else "\n".join(_parts(said, finished)),
        other_stdout=b"\n".join(
            line for line in finished.stdout.split(b"\n") if not line.startswith(b'{"reason":')
        ).decode(errors="replace"),
    )


def _parts(said: messages.BuildMessages, finished: Finished) -> list[str]:
    """The compiler's errors, then the end of what cargo itself wrote (why a build script or a download failed)."""
    own = [
        line
        for line in finished.errors.splitlines()
        if not line.lstrip().startswith(
            ("Compiling", "Fresh", "Downloading", "Downloaded", "Running")
        )
    ]
    return [part for part in (said.rendered_errors.rstrip(), "\n".join(own[-30:]).rstrip()) if part]
