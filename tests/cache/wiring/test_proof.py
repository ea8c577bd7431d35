"""Each link of the chain, broken for real: it is named, and what hangs on it is not tried."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.cache import scope
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.setup import Ask, prepare
from cargo_hone.cache.wiring import environments, server
from cargo_hone.cache.wiring.declared import Declared
from cargo_hone.cache.wiring.environments import Environment
from cargo_hone.cache.wiring.links import Chain, Link, LinkName, LinkState
from cargo_hone.cache.wiring.proof import Proof
from cargo_hone.cache.wiring.tiny_crate import lay_out
from cargo_hone.files import atomic

from .machine import ENGINE, Machine

DEFAULT = parse("10G")
LOCATION = EngineLocation(path=ENGINE, origin="came with cargo-hone", version="0.16.0")


class Room:
    """A repository with the cache set up."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.root = machine.workspace()
        around = scope.look(self.root, here=self.root, env=machine.env)
        ask = Ask(scope=scope.Scope.REPO, capacity=None, default=DEFAULT)
        for change in prepare(around, ask, LOCATION).plan.changes:
            atomic.create_parents(change.path)
            atomic.replace(change.path, change.after or b"", mode=0o755)

    def here(self, **env: str) -> Chain:
        around = self.around(**env)
        return self.proven(environments.here(around, self.root))

    def editor(self, **env: str) -> Chain:
        return self.proven(environments.editor(self.around(**env), self.root))

    def elsewhere(self, *, windows: bool = False, **env: str) -> Chain:
        declared = Declared(name="there", env=env, windows=windows)
        with environments.elsewhere(declared, self.around(), LOCATION) as environment:
            try:
                return self.proven(environment)
            finally:
                server.stop(Sccache(ENGINE), environment.env)

    def around(self, **env: str) -> scope.Surroundings:
        return scope.look(self.root, here=self.root, env={**self.machine.env, **env})

    def proven(self, environment: Environment) -> Chain:
        tiny = lay_out(self.machine.base / f"tiny-{len(list(self.machine.base.iterdir()))}")
        return Proof(environment=environment, tiny=tiny, default=DEFAULT, root=self.root).chain()


@pytest.fixture
def room(machine: Machine) -> Room:
    return Room(machine)


def broken(chain: Chain) -> Link:
    """The one link that failed; what hangs on it is untried."""
    assert len(chain.failed) == 1, chain
    failed = chain.failed[0]
    after = chain.links[chain.links.index(failed) + 1 :]
    assert {link.state for link in after} <= {LinkState.UNTRIED}
    assert failed.remedy
    return failed


def test_the_second_build_is_a_hit_of_the_first(room: Room) -> None:
    assert room.here().failed == ()
    assert room.editor().failed == ()
    counted = Sccache(ENGINE).state(room.machine.env).counts
    # Here, and as the editor checks: each one miss, then one hit.
    assert (counted.misses, counted.hits) == (2, 2)


def test_nothing_is_configured(room: Room) -> None:
    (room.root / ".cargo" / "config.toml").unlink()
    link = broken(room.here())
    assert (link.name, link.remedy) == (LinkName.CONFIGURED, "cargo hone cache setup")
    assert {link.state for link in room.elsewhere().links} == {LinkState.UNTRIED}


def test_the_wrapper_is_switched_off(room: Room) -> None:
    link = broken(room.here(RUSTC_WRAPPER=""))
    assert (link.name, link.remedy) == (LinkName.CONFIGURED, "unset RUSTC_WRAPPER")


def test_another_program_is_the_wrapper(room: Room) -> None:
    link = broken(room.here(RUSTC_WRAPPER="/opt/other"))
    assert link.name is LinkName.CONFIGURED
    assert "is not sccache" in link.said


def test_the_shim_is_missing(room: Room) -> None:
    (room.root / ".cargo" / "hone" / "sccache").unlink()
    for chain in (room.here(), room.editor(), room.elsewhere()):
        link = broken(chain)
        assert link.name is LinkName.RUNS
        assert "every build fails" in link.said


def test_git_ignores_the_shim(room: Room) -> None:
    (room.root / ".gitignore").write_text("hone/\n")
    link = broken(room.elsewhere())
    assert (link.name, link.remedy) == (LinkName.COMMITTED, "git add -f .cargo/hone/sccache")
    room.machine.run("git", "add", "-f", ".cargo", cwd=room.root)
    assert room.elsewhere().failed == ()


def test_a_job_on_windows_cannot_run_the_shim(room: Room) -> None:
    link = broken(room.elsewhere(windows=True))
    assert link.name is LinkName.RUNS
    assert "--scope user" in link.remedy


def test_the_pointer_is_gone(room: Room) -> None:
    room.machine.pointer.unlink()
    assert broken(room.here()).name is LinkName.ENGINE


def test_an_sccache_that_only_this_shell_finds(room: Room, tmp_path: Path) -> None:
    own = tmp_path / "bin" / "sccache"
    own.parent.mkdir()
    own.symlink_to(ENGINE)
    room.machine.pointer.unlink()
    path = f"{own.parent}:{room.machine.env['PATH']}"
    assert room.here(PATH=path).failed == ()
    assert broken(room.editor(PATH=path)).name is LinkName.ENGINE


def test_an_sccache_that_is_too_old(room: Room, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "sccache"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo sccache 0.8.2 && exit\nexec "$@"\n')
    old.chmod(0o755)
    link = broken(room.here(SCCACHE_PATH=str(old)))
    assert link.name is LinkName.ENGINE
    assert "too old" in link.said


@pytest.mark.parametrize("name", ["CARGO_INCREMENTAL", "CARGO_BUILD_INCREMENTAL", "HONE_NO_CACHE"])
def test_the_shim_is_made_to_step_aside(room: Room, name: str) -> None:
    link = broken(room.here(**{name: "1"}))
    assert link.name is LinkName.INCREMENTAL
    assert link.remedy.startswith(f"unset {name}")


def test_incremental_without_the_shim_is_named_too(room: Room) -> None:
    link = broken(room.here(RUSTC_WRAPPER=str(ENGINE), CARGO_INCREMENTAL="1"))
    assert link.name is LinkName.INCREMENTAL


def test_the_server_has_another_cap(room: Room) -> None:
    Sccache(ENGINE).start({**room.machine.env, "SCCACHE_CACHE_SIZE": "7M"})
    link = broken(room.here())
    assert (link.name, link.remedy) == (LinkName.CAP, "cargo hone cache start")
    assert "should be 10 GB" in link.said


def test_a_clone_without_any_file_of_this_machine_has_the_shims_cap(room: Room) -> None:
    link = next(link for link in room.elsewhere().links if link.name is LinkName.CAP)
    assert link.said == "10 GB (cargo-hone's default)"
    link = next(
        one for one in room.elsewhere(SCCACHE_CACHE_SIZE="2G").links if one.name is LinkName.CAP
    )
    assert link.said == "2 GiB (SCCACHE_CACHE_SIZE)"


def test_no_call_comes_to_the_server(room: Room, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "sccache"
    other.parent.mkdir()
    other.write_text(f'#!/bin/sh\ncase $1 in -*) exec {ENGINE} "$@" ;; esac\nexec "$@"\n')
    other.chmod(0o755)
    assert broken(room.here(RUSTC_WRAPPER=str(other))).name is LinkName.SERVER
    # With the cap that it has without the shim.
    Sccache(ENGINE).start(room.machine.env)
    assert broken(room.here(RUSTC_WRAPPER=str(other))).name is LinkName.CALLED


def test_the_build_itself_fails(room: Room) -> None:
    link = broken(room.here(RUSTFLAGS="--no-such-flag"))
    assert link.name is LinkName.CALLED
    assert "no-such-flag" in link.said


def test_nothing_is_ever_found_again(room: Room) -> None:
    link = broken(room.here(SCCACHE_RECACHE="1"))
    assert link.name is LinkName.HIT
    assert "1 misses, no hit" in link.said


@pytest.mark.e2e
def test_a_foreign_program_listens_where_the_server_should(room: Room) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        around = room.around(SCCACHE_SERVER_PORT=str(listener.getsockname()[1]))
        env = {name: value for name, value in around.env.items() if name != "SCCACHE_SERVER_UDS"}
        link = broken(room.proven(environments.here(replace(around, env=env), room.root)))
    assert link.name is LinkName.SERVER
    assert "does not answer" in link.said


def test_a_shim_that_lost_its_bit(room: Room) -> None:
    shim = room.root / ".cargo" / "hone" / "sccache"
    shim.chmod(0o644)
    link = broken(room.here())
    assert (link.name, link.remedy) == (LinkName.RUNS, f"chmod +x {shim}")
    assert broken(room.elsewhere()).remedy == "chmod +x .cargo/hone/sccache"
    room.machine.run("chmod", "+x", shim, cwd=room.root)
    assert room.here().failed == ()


def test_an_sccache_that_cannot_be_run_comes_first(room: Room, tmp_path: Path) -> None:
    junk = tmp_path / "bin" / "sccache"
    junk.parent.mkdir()
    junk.write_text("for another machine")
    junk.chmod(0o755)
    link = broken(room.here(PATH=f"{junk.parent}:{room.machine.env['PATH']}"))
    assert link.name is LinkName.ENGINE
    assert str(junk) in link.said


def test_another_program_at_the_servers_address_is_named(room: Room) -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        del room.machine.env["SCCACHE_SERVER_UDS"]
        link = broken(room.here(SCCACHE_SERVER_PORT=str(ours.getsockname()[1])))
    assert link.name is LinkName.SERVER
    assert "not sccache" in link.said
    assert "SCCACHE_SERVER_PORT" in link.remedy


def test_a_configuration_that_sccache_refuses_is_named(room: Room) -> None:
    room.machine.config.write_text("= =")
    link = broken(room.here())
    assert link.name is LinkName.SERVER
    assert str(room.machine.config) in link.said


def test_the_shim_may_lie_above_the_workspace(machine: Machine) -> None:
    room = Room(machine)
    inner = room.root / "inner"
    (inner / "src").mkdir(parents=True)
    (inner / "Cargo.toml").write_text('[package]\nname = "inner"\n[workspace]\n')
    (room.root / ".gitignore").write_text("/.cargo/hone/\n")
    room.root = inner
    link = broken(room.elsewhere())
    assert (link.name, link.remedy) == (LinkName.COMMITTED, "git add -f ../.cargo/hone/sccache")
    assert room.here().failed == ()
