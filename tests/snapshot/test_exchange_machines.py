"""Two machines of a CI: what the second commit's build compiles in a fresh clone, after a pull and a restore."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.machines import CREDENTIALS
from tests.servers.running import redis_server, s3_server
from tests.snapshot.conftest import Checkout


@pytest.fixture(params=["redis", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "redis":
        with redis_server(tmp_path) as port:
            yield f"redis://127.0.0.1:{port}/team"
    else:
        with s3_server(tmp_path) as port:
            yield f"s3://shared/team?region=us-east-1&endpoint=http://127.0.0.1:{port}"


def snapshot(checkout: Checkout, *words: str) -> dict[str, object]:
    """Run `cargo-hone snapshot … --format json`; the store is the machine's own, beside the checkout."""
    store = checkout.root.parent / "store"
    argv = [sys.executable, "-m", "cargo_hone", "--offline", "snapshot", *words, "--format", "json"]
    done = subprocess.run(
        [*argv, "--store", str(store)],
        cwd=checkout.root,
        env={**checkout.env, **CREDENTIALS, "HONE_STATE_DIR": str(store.parent / "state")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_second_commit_compiles_what_depends_on_its_change(
    url: str, checkout: Checkout, tmp_path: Path
) -> None:
    checkout.write("Cargo.toml", FOUR.replace("$", '"root", "leaf", "other", "apart"'))
    for name in ("other", "apart"):
        checkout.write(f"{name}/Cargo.toml", PACKAGE.replace("$", name))
        checkout.write(f"{name}/src/lib.rs", "pub fn one() -> u32 {\n    1\n}\n")
    checkout.cargo("generate-lockfile")
    checkout.git("add", "-A")
    checkout.git("commit", "-qm", "more")
    # A runner has its checkout at the same path every time.
    first = checkout.clone(tmp_path / "runner" / "checkout")
    first.cargo("build", "--workspace")
    snapshot(first, "save")
    sent = snapshot(first, "push", "--remote", url)
    assert sent["there"] == 0
    shutil.rmtree(tmp_path / "runner")

    checkout.write("root/src/lib.rs", "pub fn number() -> u32 {\n    51\n}\n")
    checkout.git("commit", "-qam", "second")
    second = checkout.clone(tmp_path / "runner" / "checkout")
    came = snapshot(second, "pull", "--remote", url)
    assert came["id"] == sent["id"]
    assert came["there"] == 0
    restored = snapshot(second, "restore")
    assert restored["distance"] == 1
    foreseen = restored["to_compile"]
    assert isinstance(foreseen, list)
    assert {one["package"] for one in foreseen} == {"root", "leaf"}
    assert second.compiled("build", "--workspace") == {"root", "leaf"}
    assert second.output() == "52 first"
    snapshot(second, "save")
    again = snapshot(second, "push", "--remote", url)
    assert again["there"] != 0
    assert snapshot(second, "pull", "--remote", url)["id"] == again["id"]


FOUR = '[workspace]\nmembers = [$]\nresolver = "2"\n'
PACKAGE = '[package]\nname = "$"\nversion = "0.1.0"\nedition = "2021"\n'
