"""Which snapshots are good for the checkout that a command was called in, and why others are not."""

from dataclasses import dataclass, field

from cargo_hone.cli.invocation import Invocation
from cargo_hone.cli.snapshot_here import here
from cargo_hone.errors import HoneError, UsageProblem
from cargo_hone.snapshot.choose import fits
from cargo_hone.snapshot.key import project_of
from cargo_hone.snapshot.manifest import Key, Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.store import Store


@dataclass(slots=True)
class Fitting:
    """A checkout, and what is known of machines that snapshots were made on."""

    place: Place
    project: str
    _known: dict[Key, str] = field(default_factory=dict)

    def why_not(self, manifest: Manifest) -> str:
        """Say why a snapshot is not for this machine; "" where it is."""
        # Each look asks compilers: snapshots of one machine have one answer.
        if manifest.key not in self._known:
            self._known[manifest.key] = fits(manifest, self.place)
        return self._known[manifest.key]


def fitting(place: Place) -> Fitting:
    """What is good for this checkout."""
    return Fitting(place, project_of(place.root, env=place.env))


def fitting_here(invocation: Invocation) -> Fitting | None:
    """What is good here; None outside of a workspace, or where cargo cannot tell."""
    try:
        return fitting(here(invocation).place)
    except HoneError:
        return None


def passed_over(store: Store, place: Place) -> list[str]:
    """Say of each snapshot of this project why it cannot be restored here; those that can are left out."""
    own = fitting(place)
    found: list[str] = []
    for saved in store.manifests(own.project):
        try:
            reason = own.why_not(store.load(saved))
        except UsageProblem as error:
            reason = error.message
        if reason:
            found.append(f"{saved.id}: {reason}")
    return found
