"""A lever that is some flags of rustc's for the host: where they would be in effect, the trial, and the edit."""

from cargo_hone.levers import flag_source, rustflags
from cargo_hone.levers.flag_source import Cancelled
from cargo_hone.levers.interface import (
    AddedFlags,
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    NotHere,
)


def applicability(context: Context, flags: tuple[str, ...]) -> Applicability:
    """Whether the flags can be put into effect from a file, and are not there, nor decided otherwise."""
    place = flag_source.place(context.facts)
    if isinstance(place, Cancelled):
        return NotHere(reason=place.reason)
    chosen = rustflags.rival(place.joined, flags)
    if chosen is not None:
        return NotHere(reason=f"rustflags have `{' '.join(chosen.words)}`: somebody has chosen it")
    if not rustflags.missing(place.joined, flags):
        return Already(evidence=f"rustflags have {' '.join(flags)}")
    return Applies(cautions=flag_source.cancelled_in_pipeline(context.facts))


def intents(context: Context, flags: tuple[str, ...], *, comment: str = "") -> tuple[Intent, ...]:
    """The edit; nothing where no file has a say."""
    place = flag_source.place(context.facts)
    if isinstance(place, Cancelled):
        return ()
    return (AddedFlags(path=place.path, keys=place.keys, flags=flags, comment=comment),)
