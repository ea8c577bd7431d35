"""Where snapshots travel to: object stores, caches and directories, through Apache OpenDAL.

Credentials come from the environment or the platform's own chain, never from a URL that is kept in a file.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cargo_hone.errors import Unavailable, UsageProblem

_FORMS = (
    "s3://BUCKET/PREFIX?region=R&endpoint=URL, gcs://BUCKET/PREFIX, azblob://CONTAINER/PREFIX?endpoint=URL,"
    " redis://HOST:PORT/PREFIX, https://HOST/PATH (WebDAV), or a directory"
)
_TRIES = 4
_PAUSE_S = 0.2
_PATIENCE_S = 4.0
"""What failed only after that time is not tried again: a Redis that is gone is looked for during 9 s (OpenDAL 0.47)."""
_ANSWER_S = 5.0
"""For an answer that is small."""
_TRANSFER_S = 60.0
"""For a part of a file to come or go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A storage service of OpenDAL with its options, and what messages call it."""

    service: str
    options: Mapping[str, str]
    shown: str


_FROM_ENVIRONMENT = {
    "azblob": {
        "account_name": "AZURE_STORAGE_ACCOUNT_NAME",
        "account_key": "AZURE_STORAGE_ACCOUNT_KEY",
    },
    "redis": {"username": "REDIS_USERNAME", "password": "REDIS_PASSWORD"},
    "webdav": {
        "username": "WEBDAV_USERNAME",
        "password": "WEBDAV_PASSWORD",
        "token": "WEBDAV_TOKEN",
    },
}
"""What OpenDAL does not read from the environment by itself."""


def parse(url: str, env: Mapping[str, str]) -> Address:
    """Read `snapshot.remote` or an argument of push and pull. Raises UsageProblem for what cannot be used."""
    parts = urlsplit(url)
    if parts.password or parts.username:
        shown = url.replace(parts.netloc, f"***@{parts.hostname}")
        raise _refused(shown, "it holds credentials, which belong into the environment")
    service, options = _options(parts, url)
    options |= dict(parse_qsl(parts.query))
    if service == "s3":
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"
        options.setdefault("region", region)
        if env.get("AWS_ENDPOINT_URL"):
            options.setdefault("endpoint", env["AWS_ENDPOINT_URL"])
    for name, variable in _FROM_ENVIRONMENT.get(service, {}).items():
        if env.get(variable):
            options[name] = env[variable]
    return Address(service=service, options=options, shown=url)


def _options(parts: SplitResult, url: str) -> tuple[str, dict[str, str]]:
    root = "/" + (parts.path.strip("/") or "cargo-hone")
    match parts.scheme:
        case "s3" | "gcs" | "gs":
            service = "s3" if parts.scheme == "s3" else "gcs"
            return service, {"bucket": parts.netloc, "root": root}
        case "azblob" | "azure":
            return "azblob", {"container": parts.netloc, "root": root}
        case "redis" | "rediss":
            return "redis", {"endpoint": f"{parts.scheme}://{parts.netloc}", "root": root}
        case "http" | "https":
            return "webdav", {"endpoint": f"{parts.scheme}://{parts.netloc}", "root": root}
        case "" | "file" if parts.path:
            directory = str(Path(parts.path).absolute())
            return "fs", {"root": directory, "atomic_write_dir": f"{directory}/.partial"}
        case _:
            raise _refused(url, "there is no storage of that form here")


def _refused(url: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"the remote `{url}` cannot be used: {why}", next_step=f"write it as {_FORMS}"
    )


class Remote:
    """An open remote; every error of it is Unavailable, with its own words."""

    def __init__(self, address: Address) -> None:
        import opendal  # noqa: PLC0415 - 20 ms that nobody else shall pay
        from opendal.layers import TimeoutLayer  # noqa: PLC0415

        self.shown = address.shown
        self._errors: Any = opendal.exceptions
        # They have no common base of their own (0.47).
        self._all_errors: tuple[type[Exception], ...] = tuple(
            one
            for one in vars(opendal.exceptions).values()
            if isinstance(one, type) and issubclass(one, Exception)
        )
        self._transient = (opendal.exceptions.Unexpected, opendal.exceptions.RateLimited)
        with self._explained("reach"):
            self._operator: Any = opendal.Operator(address.service, **address.options).layer(
                TimeoutLayer(timeout=_ANSWER_S, io_timeout=_TRANSFER_S)
            )
            with contextlib.suppress(self._errors.PermissionDenied):
                # So that whoever is not there is found out in seconds.
                self._tried(lambda: self._operator.exists("v1/form"))
        self.can_list = bool(self._operator.capability().list)

    def size(self, name: str) -> int | None:
        """How long what has that name is (bytes); None where there is nothing. Raises Unavailable."""
        with self._explained("look into"):
            try:
                return int(self._tried(lambda: self._operator.stat(name)).content_length)
            except self._errors.NotFound:
                return None

    def get(self, name: str, *, limit_bytes: int) -> bytes | None:
        """Return what has that name; None where there is nothing. Raises Unavailable, also where it is too large."""
        with self._explained("read from"):
            try:
                size_bytes = int(self._tried(lambda: self._operator.stat(name)).content_length)
                if size_bytes > limit_bytes:
                    raise Unavailable(
                        f"{name} in {self.shown} is larger than it should be",
                        next_step="look at who writes there; then push again: cargo hone snapshot push --again",
                    )
                return bytes(self._tried(lambda: self._operator.read(name)))
            except self._errors.NotFound:
                return None

    def get_start(self, name: str, *, size_bytes: int) -> bytes | None:
        """Return what is there if it has that size, its beginning if it is longer; None where it cannot be had so.

        One request: `get` first asks for the size. Raises nothing: `get` says what is wrong.
        """
        try:
            return bytes(self._operator.read(name, offset=0, size=size_bytes))
        except self._all_errors:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Write in one step. Raises Unavailable."""
        with self._explained("write to"):
            self._tried(lambda: self._operator.write(name, content))

    def names(self, prefix: str) -> list[str] | None:
        """List what lies below a prefix that ends with a slash; None where such a remote cannot list."""
        if not self.can_list:
            return None
        with self._explained("look into"):
            try:
                found = self._tried(lambda: list(self._operator.scan(prefix)))
                return sorted(entry.path for entry in found if entry.path[-1:] != "/")
            except self._errors.NotFound:
                return []

    def _tried(self, ask: Callable[[], Any]) -> Any:
        """Ask again, a few times and for a short time, where the error may pass."""
        started_s = time.monotonic()
        for left in reversed(range(_TRIES)):
            try:
                return ask()
            except self._transient:
                if not left or time.monotonic() - started_s > _PATIENCE_S:
                    raise
            time.sleep(_PAUSE_S * 2 ** (_TRIES - 1 - left))
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._all_errors as error:
            raise self._problem(error, doing) from error

    def _problem(self, error: Exception, doing: str) -> Unavailable:
        reason = _reason(error)
        denied = isinstance(error, self._errors.PermissionDenied) or "noperm" in reason.lower()
        return Unavailable(
            f"cannot {doing} {self.shown}: {'permission denied' if denied else reason}",
            next_step="check the credentials in the environment (a fork's pull request may only pull)"
            if denied or "credential" in reason
            else "check that it runs and that the address is right, then run again",
            detail=str(error).partition("\nBacktrace:")[0].strip(),
        )


def _reason(error: Exception) -> str:
    """OpenDAL's first line names the operation; the source below it says what happened."""
    text = str(error).partition("\nBacktrace:")[0]
    if "operation timeout reached" in text:
        return "it does not answer"
    if said := re.search(r'message: "([^"]+)"|response: Parts \{ (status: \d+)', text):
        return said[1] or f"it answers with {said[2]}"
    source = text.partition("\nSource:\n")[2].strip()
    return (source or text).splitlines()[0].strip()
