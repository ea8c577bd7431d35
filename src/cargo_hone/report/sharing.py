"""The shared target directory in a sentence, the same on the screen and in the pages."""

from typing import assert_never

from cargo_hone.history.run import SharedTarget
from cargo_hone.model import Standing
from cargo_hone.report import figures


def shared_target_text(shared: SharedTarget) -> str:
    """Say whether the target directory is shared, how that is known, and what it saves."""
    return f"{_standing_text(shared)}{_saving_text(shared)}. {_sentence(shared.evidence)}{_clash_text(shared)}"


def _standing_text(shared: SharedTarget) -> str:
    packages = ", ".join(shared.packages)
    match shared.standing:
        case Standing.APPLIED:
            return f"now one for the workspace and {packages}" if packages else "now one for all"
        case Standing.ALREADY:
            return f"shared already with {packages}" if packages else "shared already"
        case Standing.NOT_APPLICABLE:
            return "nothing to share"
        case Standing.DID_NOT_PAY:
            return "left apart, sharing did not pay"
        case _:
            assert_never(shared.standing)


def _saving_text(shared: SharedTarget) -> str:
    if shared.separate_bytes is None or shared.shared_bytes is None or shared.saved_bytes is None:
        return ""
    verb = "saves" if shared.saved_bytes >= 0 else "costs"
    return (
        f": {figures.size(shared.separate_bytes)} apart, {figures.size(shared.shared_bytes)} together,"
        f" {verb} {figures.size(abs(shared.saved_bytes))}"
    )


def _clash_text(shared: SharedTarget) -> str:
    if not shared.same_name_binaries:
        return ""
    names = ", ".join(shared.same_name_binaries)
    return f" Binaries of the same name overwrite each other: {names}."


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."
