"""The steps that cargo-hone writes into a job.

The key of a cached target directory has no part that changes with each commit. After a checkout every source file is
newer than the artifacts, so cargo compiles all members anew whatever is restored: what a cache saves are the
dependencies, and they change with the lock file, the manifests, the compiler, the flags and the commands. An entry a
commit would fill the repository's 10 GB with copies that differ in nothing that is used. What it costs: the members'
incremental state that is restored is as old as the last change of one of these files.

So an entry is saved when the key was not hit, on the default branch, after a build that succeeded: what a pull
request saves no other branch can restore, and a failed build's half would stay until the next key. Where an older
entry was restored, what it brought along is swept before; if that did not work, nothing is saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.cache.remote import Kind, Remote
from cargo_hone.ci import pins
from cargo_hone.ci.workflow_text import WrittenStep

_DEFAULT_BRANCH = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
# With other events somebody else's code may run while the ref is the default branch (pull_request_target,
# workflow_run, issue_comment; a workflow_dispatch of some number or ref), called workflows included.
_SAVING_EVENT = 'contains(fromJSON(\'["push","schedule"]\'), github.event_name)'
_TRUSTED = (
    '(contains(fromJSON(\'["push","schedule","merge_group"]\'), github.event_name)'
    " || (github.event_name == 'pull_request'"
    " && github.event.pull_request.head.repo.full_name == github.repository))"
)
_KEYED = "steps.hone-key.outcome == 'success'"
_LOOKED = "steps.hone-restore.outcome == 'success'"
_READY = "steps.hone-install.outputs.ready == 'true'"
_HIT = "${{ steps.hone-restore.outputs.cache-hit }}"
_MATCHED = "${{ steps.hone-restore.outputs.cache-matched-key }}"
_NOT_HIT = "steps.hone-restore.outputs.cache-hit != 'true'"
CARGO_SWEEP = "cargo-sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """What is swept with, and to what size.

    cargo-hone deletes what is dead, and more where that leaves more than `max_size`. cargo-sweep goes down to
    `keep_bytes` where there are more than `sweep_bytes`.
    """

    sweeper: str
    max_size: str
    sweep_bytes: int
    keep_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the steps need to know of their job.

    `directory` is where our scripts run, the workspace in the checkout; None where that is where scripts run anyway.
    `target` is the target directory seen from the workspace, `target_path` seen from the checkout. `keyed_by` are the
    patterns of the files that decide what is built. `toolchains` are the words behind `cargo +`.
    """

    stem: str
    directory: str | None
    target: str
    target_path: str
    keyed_by: tuple[str, ...]
    toolchains: tuple[str, ...]
    has_matrix: bool
    not_on_windows: bool
    may_be_tag: bool
    package: str

    def when(self, *conditions: str) -> tuple[str, ...]:
        """The conditions of a step, with what holds for all of this job's."""
        return ("runner.os != 'Windows'", *conditions) if self.not_on_windows else conditions

    @property
    def no_tag(self) -> tuple[str, ...]:
        """What is built for a tag may be released, and does not come out of a cache."""
        return ("github.ref_type != 'tag'",) if self.may_be_tag else ()

    @property
    def saves(self) -> tuple[str, ...]:
        """The conditions for saving anything at all."""
        return (_DEFAULT_BRANCH, _SAVING_EVENT)

    def script(
        self,
        name: str,
        id_: str,
        script: str,
        *conditions: str,
        env: Mapping[str, str] | None = None,
        tolerant: bool = True,
        timeout_minutes: int | None = None,
    ) -> WrittenStep:
        """A step of this job that runs a script."""
        return WrittenStep(
            name=name,
            id=id_,
            conditions=self.when(*conditions),
            tolerant=tolerant,
            timeout_minutes=timeout_minutes,
            script=script,
            directory=self.directory,
            env=tuple(sorted((env or {}).items())),
        )


def install(place: Place) -> WrittenStep:
    """Install cargo-hone; whatever fails there is a warning, and `ready` is not set."""
    return place.script(
        "Install cargo-hone",
        "hone-install",
        "install.sh",
        timeout_minutes=5,
        env={"HONE_PACKAGE": place.package},
    )


def before(place: Place) -> WrittenStep:
    """See whether somebody else's cache brought a target directory."""
    return place.script(
        "See what was restored", "hone-before", "before.sh", env={"HONE_TARGET": place.target}
    )


def locked(place: Place) -> WrittenStep:
    """Hold the build to the committed lock file: the one step that may fail the job."""
    return place.script("Fetch what Cargo.lock says", "hone-locked", "locked.sh", tolerant=False)


def restore(place: Place, *, downloads: bool) -> tuple[WrittenStep, WrittenStep]:
    """Restore the target directory (and the cargo home's downloads, where nobody else does)."""
    env = {"HONE_MATRIX": "${{ toJSON(matrix) }}"} if place.has_matrix else {}
    if place.toolchains:
        env["HONE_TOOLCHAINS"] = " ".join(place.toolchains)
    key = place.script("Name the cache", "hone-key", "key.sh", env=env)
    job = "${{ github.job }}-${{ runner.os }}-${{ runner.arch }}"
    build = "${{ steps.hone-key.outputs.leg }}-${{ steps.hone-key.outputs.build }}"
    prefix = f"hone-{place.stem}-{job}-{build}-"
    return key, WrittenStep(
        name="Restore the target directory",
        id="hone-restore",
        conditions=place.when(*place.no_tag, _KEYED),
        tolerant=True,
        uses=pins.pin(pins.CACHE).uses("restore"),
        inputs=(
            ("path", _paths(place, downloads=downloads)),
            ("key", prefix + "${{ hashFiles(" + ", ".join(map(_literal, place.keyed_by)) + ") }}"),
            ("restore-keys", (prefix,)),
        ),
    )


def sweep(place: Place, sweeping: Sweeping, *, own_cache: bool) -> WrittenStep:
    """Sweep before the cache is saved; not where nothing was restored, nor where nothing will be saved."""
    conditions: tuple[str, ...] = ("steps.hone-before.outputs.restored == 'true'",)
    if own_cache:
        older = "steps.hone-restore.outputs.cache-matched-key != ''"
        conditions = (older, _NOT_HIT, *place.saves)
    name, id_ = "Sweep the target directory", "hone-sweep"
    if sweeping.sweeper == CARGO_SWEEP:
        return place.script(
            name,
            id_,
            "cargo-sweep.sh",
            *conditions,
            env={
                "HONE_CARGO_SWEEP": pins.CARGO_SWEEP_VERSION,
                "HONE_KEEP_MB": str(sweeping.keep_bytes // 10**6),
                "HONE_SWEEP_KIB": str(sweeping.sweep_bytes // 2**10),
                "HONE_TARGET": place.target,
            },
        )
    return place.script(
        name, id_, "sweep.sh", _READY, *conditions, env={"HONE_MAX_SIZE": sweeping.max_size}
    )


def save(place: Place, *, downloads: bool) -> WrittenStep:
    """Save what was built under the key that was missed."""
    swept = (
        "(steps.hone-restore.outputs.cache-matched-key == ''"
        " || steps.hone-sweep.outcome == 'success')"
    )
    return WrittenStep(
        name="Save the target directory",
        id="hone-save",
        conditions=place.when(*place.saves, _LOOKED, _NOT_HIT, swept),
        tolerant=True,
        uses=pins.pin(pins.CACHE).uses("save"),
        inputs=(
            ("path", _paths(place, downloads=downloads)),
            ("key", "${{ steps.hone-restore.outputs.cache-primary-key }}"),
        ),
    )


def sccache(place: Place, remote: Remote | None) -> tuple[WrittenStep, WrittenStep]:
    """Install sccache and start its server on GitHub's cache, or on the configured remote storage."""
    setup = WrittenStep(
        name="Install sccache",
        id="hone-sccache",
        conditions=place.when(*place.no_tag),
        tolerant=True,
        uses=pins.pin(pins.SCCACHE).uses(),
        inputs=(("version", pins.SCCACHE_VERSION), ("disable_annotations", "true")),
    )
    env = {"HONE_SAVES": "${{ " + " && ".join(place.saves) + " }}"}
    if remote is None or remote.kind is Kind.GHA:
        # A fork's pull request may read this repository's cache: there is no credential in it.
        env |= {"HONE_MODE_VARIABLE": "SCCACHE_GHA_RW_MODE", "HONE_TRUSTED": "true"}
        env |= {"SCCACHE_GHA_ENABLED": "true"}
    else:
        env |= {"HONE_MODE_VARIABLE": remote.rw_mode, "HONE_TRUSTED": "${{ " + _TRUSTED + " }}"}
        env |= dict(remote.env)
        # Under other names: an empty variable of a step would hide what an earlier step set for the job.
        env["HONE_SECRETS"] = " ".join(remote.secrets)
        env |= {
            f"HONE_SECRET_{name}": "${{ " + f"{_TRUSTED} && secrets.{name} || ''" + " }}"
            for name in remote.secrets
        }
    connect = place.script(
        "Let cargo use sccache",
        "hone-connect",
        "connect.sh",
        "steps.hone-sccache.outcome == 'success'",
        env=env,
    )
    return setup, connect


def summary(place: Place, *, cache: str) -> WrittenStep:
    """Write the job's summary, whatever became of the build. `cache` is what `ci summary --cache` takes."""
    env = {"HONE_SUMMARY_CACHE": cache}
    if cache == "target":
        env |= {"HONE_SUMMARY_HIT": _HIT, "HONE_SUMMARY_KEY": _MATCHED}
    return place.script(
        "Summary", "hone-summary", "hone-summary.sh", "!cancelled()", _READY, env=env
    )


def plain_summary(place: Place) -> WrittenStep:
    """Write a summary without cargo-hone, for those who sweep with cargo-sweep."""
    return place.script(
        "Summary",
        "hone-summary",
        "summary.sh",
        "!cancelled()",
        env={
            "HONE_SUMMARY_HIT": _HIT,
            "HONE_SUMMARY_KEY": _MATCHED,
            "HONE_SUMMARY_SWEPT": "${{ steps.hone-sweep.outcome }}",
            "HONE_TARGET": place.target,
        },
    )


def _literal(text: str) -> str:
    """A text in GitHub's expressions."""
    return "'" + text.replace("'", "''") + "'"


def _paths(place: Place, *, downloads: bool) -> tuple[str, ...]:
    home = "${{ steps.hone-key.outputs.home }}"
    more = ("/registry/index", "/registry/cache", "/git/db") if downloads else ()
    return (place.target_path, *(f"{home}{path}" for path in more))
