"""Which target directories a sweep is about."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cli.invocation import Invocation
from cargo_hone.sweep import subject
from cargo_hone.sweep.subject import Subject


def subjects(
    invocation: Invocation,
    paths: Sequence[Path],
    here: Callable[[], Metadata] | None = None,
) -> list[Subject]:
    """What was named, each target directory once; the workspace here where nothing was.

    `here` has cargo's answer for the workspace here, where it was asked already.
    """
    if not paths:
        if here is not None:
            known = here()
            return [Subject(target_dir=known.target_directory, known=known)]
        manifest = invocation.manifest()
        return [subject.of_manifest(manifest, env=invocation.env, flags=invocation.flags)]
    found = [subject.of_path(path, env=invocation.env, flags=invocation.flags) for path in paths]
    return list({one.target_dir.resolve(): one for one in found}.values())
