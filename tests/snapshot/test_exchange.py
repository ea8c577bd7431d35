"""Push and pull with real servers: what travels, what a cut leaves, what is refused."""

import os
import random
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
import zstandard

from cargo_hone.errors import Exit, Unavailable, UsageProblem
from cargo_hone.snapshot import parts
from cargo_hone.snapshot.bundles import split
from cargo_hone.snapshot.exchange import (
    fetch_cards,
    fetch_manifest,
    offered,
    pull,
    push,
)
from cargo_hone.snapshot.manifest import Manifest, encode
from cargo_hone.snapshot.remote import Remote, parse
from cargo_hone.snapshot.store import Saved, Store, open_store
from cargo_hone.snapshot.transfers import Travelled
from cargo_hone.snapshot.verify import verify
from tests.servers.machines import CREDENTIALS
from tests.servers.proxy import Fault, Proxy
from tests.servers.running import redis_server, s3_server
from tests.snapshot.shipments import PROJECT, noise, shipped

SESSIONS = [f"incremental/{n}/s-{n}" for n in range(60)]
FILES = {f"{SESSIONS[n]}/a.o": noise(5000 + n, n) for n in range(60)}
FILES |= {f"{SESSIONS[n]}/b.rlib": noise(6000 + n, 500 + n) for n in range(60)}
FILES |= {"small": b"s", "deps/large.so": noise(9 * 2**20, 1), "deps/huge.rlib": b"h" * 2**24}
BLOBS = 60 + 3 + 4
"""A bundle for each session; large ones are three and four parts."""
CUT_AFTER = {"redis": (50, 70), "s3": (20, 45)}
"""Requests of a pull; a Redis is first told on each connection who comes."""
SLOW = pytest.mark.e2e
CUTS = [
    ("redis", 0),
    ("s3", 0),
    *(pytest.param(kind, seed, marks=SLOW) for kind in ("redis", "s3") for seed in range(1, 6)),
]
CUTS_OF_PUSHES = [pytest.param("redis", 0, marks=SLOW), *CUTS[1:]]
"""OpenDAL looks for a Redis that is gone during 9 s."""


def bomb() -> bytes:
    """A frame of a few bytes that says that it is a terabyte."""
    compressor = zstandard.ZstdCompressor().compressobj(size=2**40)
    return compressor.compress(bytes(1000)) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with s3_server(tmp_path_factory.mktemp("s3")) as port:
        yield port


@pytest.fixture(params=["redis", "s3", "directory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A remote that is empty, on each kind of server."""
    match request.param:
        case "redis":
            return f"redis://127.0.0.1:{request.getfixturevalue('redis')}/{tmp_path.name}"
        case "s3":
            return s3_url(request.getfixturevalue("s3"), tmp_path)
        case _:
            return str(tmp_path / "shared")


def s3_url(port: int, tmp_path: Path) -> str:
    return f"s3://shared/{tmp_path.name}?region=us-east-1&endpoint=http://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True)
class Machines:
    """The stores of the machine that pushes and of the one that pulls."""

    there: Store
    here: Store


@pytest.fixture
def machines(there: Store, here: Store) -> Machines:
    return Machines(there, here)


@pytest.fixture
def there(tmp_path: Path) -> Store:
    """The store of the machine that pushes."""
    return open_store(tmp_path / "there")


@pytest.fixture
def here(tmp_path: Path) -> Store:
    """The store of the machine that pulls."""
    return open_store(tmp_path / "here")


def open_(url: str) -> Remote:
    return Remote(parse(url, os.environ))


def pulled(store: Store, remote: Remote, saved: Saved) -> Travelled:
    found = fetch_manifest(remote, PROJECT, saved.id)
    assert found is not None
    return pull(store, remote, found, id_=saved.id)[1]


def is_empty(store: Store) -> bool:
    """Neither a snapshot, nor something half."""
    return not store.manifests() and not any((store.root / "partial").iterdir())


def test_only_what_is_missing_travels(url: str, there: Store, here: Store, tmp_path: Path) -> None:
    saved = shipped(there, tmp_path / "files", FILES)
    remote = open_(url)
    first = push(there, saved, remote)
    assert (first.blobs, first.there) == (BLOBS, 0)
    changed = FILES | {f"{SESSIONS[7]}/a.o": noise(5000, 999), "deps/new.rlib": noise(7000, 998)}
    second = shipped(there, tmp_path / "files2", changed, id_="20260102T000000-00000000")
    assert push(there, second, remote).there == BLOBS - 1
    assert offered(remote, PROJECT) == (second.id, saved.id)
    assert set(fetch_cards(remote, PROJECT, offered(remote, PROJECT))) == {second.id, saved.id}
    came = pulled(here, remote, saved)
    assert (came.blobs, came.there) == (BLOBS, 0)
    assert verify(here).faults == ()
    came = pulled(here, remote, second)
    assert (came.blobs, came.there) == (BLOBS + 1, BLOBS - 1)
    assert came.moved_bytes < 30_000
    assert verify(here).faults == ()
    assert here.load(here.manifests()[0]) == there.load(second)


@pytest.mark.parametrize("change", [-1, 1, 10**6, None])
def test_sizes_that_are_wrong_cost_a_second_request(
    url: str, there: Store, here: Store, tmp_path: Path, change: int | None
) -> None:
    """Somebody sent it again, packed in another way; or nobody noted them."""
    saved = shipped(there, tmp_path / "files", FILES)
    remote = open_(url)
    push(there, saved, remote)
    name = f"v1/sizes/{PROJECT}/{saved.id}"
    noted = msgspec.msgpack.decode(remote.get(name, limit_bytes=10_000) or b"", type=list[int])
    assert len(noted) == BLOBS
    assert min(noted) > 0
    remote.put(
        name,
        b"x" if change is None else msgspec.msgpack.encode([max(0, one + change) for one in noted]),
    )
    assert pulled(here, remote, saved).there == 0
    assert verify(here).faults == ()


def test_what_may_be_linked_comes_as_an_object(here: Store, there: Store, tmp_path: Path) -> None:
    saved = shipped(there, tmp_path / "files", FILES)
    remote = open_(str(tmp_path / "shared"))
    push(there, saved, remote)
    pulled(here, remote, saved)
    objects = {path.name for path in (here.root / "objects").rglob("*") if path.is_file()}
    assert objects == {p.name for p in (there.root / "objects").rglob("*") if p.is_file()}
    assert len(objects) == 61


@pytest.mark.parametrize(("kind", "seed"), CUTS_OF_PUSHES)
def test_a_push_that_is_cut_goes_on_where_it_stopped(
    kind: str, seed: int, machines: Machines, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    there, here = machines.there, machines.here
    port: int = request.getfixturevalue(kind)
    saved = shipped(there, tmp_path / "files", FILES)
    passed = random.Random(seed).randint(5, BLOBS)  # noqa: S311
    with Proxy(port, Fault.STOPPED, passed=passed) as proxy:
        with pytest.raises(Unavailable) as error:
            push(there, saved, open_(at(kind, proxy.port, tmp_path)))
        assert proxy.has_failed
    assert error.value.code is Exit.UNAVAILABLE
    remote = open_(at(kind, port, tmp_path))
    assert offered(remote, PROJECT) == ()
    done = push(there, saved, remote)
    assert done.blobs == BLOBS
    pulled(here, remote, saved)
    assert verify(here).faults == ()


@pytest.mark.parametrize(("kind", "seed"), CUTS)
def test_a_pull_that_is_cut_leaves_nothing_half_and_goes_on(
    kind: str, seed: int, machines: Machines, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    there, here = machines.there, machines.here
    port: int = request.getfixturevalue(kind)
    saved = shipped(there, tmp_path / "files", FILES)
    remote = open_(at(kind, port, tmp_path))
    push(there, saved, remote)
    wanted = fetch_manifest(remote, PROJECT, saved.id)
    assert wanted is not None
    passed = random.Random(seed).randint(*CUT_AFTER[kind])  # noqa: S311
    with Proxy(port, Fault.STOPPED, passed=passed) as proxy:
        with pytest.raises(Unavailable):
            pull(here, open_(at(kind, proxy.port, tmp_path)), wanted, id_=saved.id)
        assert proxy.has_failed
    assert is_empty(here)
    arrived = len(list(contents_of(here)))
    _, done = pull(here, remote, wanted, id_=saved.id)
    assert 2 * done.there >= arrived > 0
    assert verify(here).faults == ()


def at(kind: str, port: int, tmp_path: Path) -> str:
    if kind == "redis":
        return f"redis://127.0.0.1:{port}/{tmp_path.name}"
    return s3_url(port, tmp_path)


def contents_of(store: Store) -> Iterator[Path]:
    for kind in ("packs", "objects"):
        yield from (path for path in (store.root / kind).rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda packed: packed[:-9], "damaged"),
        (lambda packed: packed[:40] + bytes([packed[40] ^ 1]) + packed[41:], "not what its name"),
        (lambda _: b"", "damaged"),
        (lambda packed: packed * 200, "larger than it should be"),
        (lambda packed: packed + b"more", "damaged"),
        (lambda _: bomb(), "another length"),
        (lambda _: zstandard.ZstdCompressor(write_content_size=False).compress(b"x"), "length"),
        (lambda _: zstandard.compress(noise(5000, 77)), "not what its name says"),
        (lambda _: None, "is missing"),
    ],
    ids=["cut", "flipped", "empty", "long", "trailing", "bomb", "unsized", "swapped", "missing"],
)
@pytest.mark.parametrize("name", [f"{SESSIONS[0]}/a.o", "deps/huge.rlib"])
def test_a_damaged_blob_is_refused(
    spoil: object, says: str, name: str, machines: Machines, tmp_path: Path
) -> None:
    there, here = machines.there, machines.here
    content = FILES[name]
    saved = shipped(there, tmp_path / "files", {name: content})
    remote = open_(str(tmp_path / "shared"))
    push(there, saved, remote)
    file = there.load(saved).files[0]
    # Whoever knows how long a blob is reads no more than that.
    shutil.rmtree(tmp_path / "shared/v1/sizes")
    bundles, alone = split(there.load(saved), [file])
    blob = bundles[0].name if bundles else parts.names(alone[0])[-1]
    path = tmp_path / "shared" / blob
    assert callable(spoil)
    packed = spoil(path.read_bytes())
    path.unlink()
    if packed is not None:
        path.write_bytes(packed)
    with pytest.raises(Unavailable, match=None if alone else says):
        pulled(here, remote, saved)
    assert is_empty(here)
    assert not list(contents_of(here))
    # What the message says to do helps.
    push(there, saved, remote, again=True)
    pulled(here, remote, saved)
    assert verify(here).faults == ()


@pytest.mark.parametrize("spoil", ["cut", "path", "project", "bomb", "noise"])
def test_a_damaged_manifest_is_refused(
    spoil: str, there: Store, here: Store, tmp_path: Path
) -> None:
    saved = shipped(there, tmp_path / "files", {"deps/a.o": noise(5000)})
    remote = open_(str(tmp_path / "shared"))
    push(there, saved, remote)
    path = tmp_path / "shared/v1/manifests" / PROJECT / saved.id
    made = there.load(saved)
    outside = msgspec.structs.replace(made.files[0], path=b"../../evil")
    replaced = {
        "cut": path.read_bytes()[:-5],
        "path": encode(msgspec.structs.replace(made, files=(outside,))),
        "project": encode(msgspec.structs.replace(made, project="f" * 16)),
        "bomb": bomb(),
        "noise": noise(3000),
    }
    path.write_bytes(replaced[spoil])
    with pytest.raises(UsageProblem):
        fetch_manifest(remote, PROJECT, saved.id)
    assert is_empty(here)


def test_a_manifest_of_another_project_cannot_be_kept_elsewhere(
    there: Store, here: Store, tmp_path: Path
) -> None:
    saved = shipped(there, tmp_path / "files", {"deps/a.o": noise(5000)})
    remote = open_(str(tmp_path / "shared"))
    push(there, saved, remote)
    evil: Manifest = msgspec.structs.replace(there.load(saved), project="../../../../x")
    with pytest.raises(UsageProblem):
        pull(here, remote, evil, id_=saved.id)
    with pytest.raises(UsageProblem):
        pull(here, remote, there.load(saved), id_="../../x")
    assert is_empty(here)


def test_what_is_damaged_in_the_store_is_not_sent(there: Store, tmp_path: Path) -> None:
    saved = shipped(there, tmp_path / "files", FILES)
    for path in contents_of(there):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    remote = open_(str(tmp_path / "shared"))
    with pytest.raises(UsageProblem, match="missing or damaged in the store"):
        push(there, saved, remote)
    assert not (tmp_path / "shared/v1/blobs").exists()
    assert not (tmp_path / "shared/v1/bundles").exists()
    assert offered(remote, PROJECT) == ()


def test_several_pushes_at_once_are_all_offered(redis: int, there: Store, tmp_path: Path) -> None:
    """A Redis cannot list: each name must get into the list that is kept there."""
    url = at("redis", redis, tmp_path)
    many = [
        shipped(there, tmp_path / f"f{n}", {"a": b"a"}, id_=f"2026010{n}T000000-00000000")
        for n in range(1, 4)
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda saved: push(there, saved, open_(url)), many))
    push(there, many[0], open_(url))
    known = set(offered(open_(url), PROJECT))
    assert known <= {one.id for one in many}
    assert many[0].id in known


def test_progress_ends_with_all(there: Store, tmp_path: Path) -> None:
    saved = shipped(there, tmp_path / "files", FILES)
    said: list[tuple[int, int, int]] = []
    done = push(
        there, saved, open_(str(tmp_path / "shared")), progress=lambda *one: said.append(one)
    )
    assert said[-1][:2] == (BLOBS, BLOBS)
    assert [one[0] for one in said] == sorted(one[0] for one in said)
    assert 0 < said[-1][2] < done.moved_bytes


@pytest.mark.parametrize("size_mb", [64, pytest.param(300, marks=SLOW)])
def test_a_large_file_takes_little_memory(size_mb: int, tmp_path: Path) -> None:
    script = """
        import os, resource, sys
        from pathlib import Path
        from cargo_hone.snapshot.exchange import fetch_manifest, pull, push
        from cargo_hone.snapshot.remote import Remote, parse
        from cargo_hone.snapshot.store import open_store
        from tests.snapshot.shipments import PROJECT
        base = Path(sys.argv[1])
        remote = Remote(parse(str(base / "shared"), os.environ))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        there, here = open_store(base / "there"), open_store(base / "here")
        for saved in there.manifests():
            push(there, saved, remote)
            pull(here, remote, fetch_manifest(remote, PROJECT, saved.id), id_=saved.id)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
    """
    there = open_store(tmp_path / "there")
    large = noise(2**20) * size_mb
    shipped(there, tmp_path / "files", {"deps/a.rlib": large})
    shipped(there, tmp_path / "files2", {"deps/b.so": large[1:]}, id_="20260102T000000-00000000")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(done.stdout) < 50e6
    assert verify(open_store(tmp_path / "here")).faults == ()
