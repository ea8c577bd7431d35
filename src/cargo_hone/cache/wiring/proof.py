"""Going along the chain in one environment, with real builds of a tiny crate."""

import os
import shlex
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cargo_hone.cache import configuration as own
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.cautions import INCREMENTAL
from cargo_hone.cache.interface import CacheState, EngineLocation
from cargo_hone.cache.listener import address, is_listening
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.scope import is_ignored
from cargo_hone.cache.setup_engine import is_too_old, needs_pointer
from cargo_hone.cache.wiring import links, server
from cargo_hone.cache.wiring.environments import CHECKOUT, Environment
from cargo_hone.cache.wiring.links import Chain, Link, LinkName, LinkState
from cargo_hone.cache.wiring.outcome import hit, last_line, since
from cargo_hone.cache.wiring.tiny_crate import TinyCrate
from cargo_hone.cache.wiring.wrapper import Wrapper, configured
from cargo_hone.errors import HoneError, ToolMissing
from cargo_hone.model import CacheCounts
from cargo_hone.proc import Finished, run
from cargo_hone.workspace.pipeline import root_of

_LIMIT_S = 60.0
_SETUP = "cargo hone cache setup"
_NONE = CacheCounts(hits=0, misses=0, not_cacheable=0, errors=0)
_Steps = Generator[Link, None, None]


@dataclass(slots=True, kw_only=True)
class Proof:
    """One chain in the making. `root` is the workspace's, None outside of one; `default` the cap of the settings."""

    environment: Environment
    tiny: TinyCrate
    default: Capacity
    root: Path | None
    _engine: Sccache = field(default_factory=Sccache)

    def chain(self) -> Chain:
        """Look at each link; where one does not hold, the rest hangs on it."""
        found: list[Link] = []
        for link in self._links():
            found.append(self._shown(link))
            if link.state is not LinkState.HOLDS:
                break
        seen = {link.name for link in found}
        if not self.environment.foreign:
            seen.add(LinkName.COMMITTED)
        last = found[-1].name
        found += [links.untried(name, f"hangs on {last}") for name in LinkName if name not in seen]
        return Chain(
            environment=self.environment.name,
            links=tuple(found),
            notes=self.environment.notes,
        )

    def _shown(self, link: Link) -> Link:
        """Without the private directory that stands for another machine."""
        place = self.environment.foreign
        if place is None:
            return link
        said, remedy = (
            text.replace(f"{place / CHECKOUT}/", "").replace(f"{place}/", "")
            for text in (link.said, link.remedy)
        )
        return replace(link, said=said, remedy=remedy)

    def _links(self) -> _Steps:
        wrapper = configured(self.environment)
        if isinstance(wrapper, Link):
            yield wrapper
            return
        yield links.holds(LinkName.CONFIGURED, f"{wrapper.value} ({wrapper.origin})")
        if self.environment.foreign:
            yield self._committed(wrapper)
        yield self._runs(wrapper)
        location = self._location(wrapper)
        if isinstance(location, Link):
            yield location
            return
        said = f"sccache {location.version}, {location.path} ({location.origin})"
        yield links.holds(LinkName.ENGINE, said)
        self._engine = Sccache(location.path)
        yield self._incremental()
        yield from self._builds(wrapper)

    def _committed(self, wrapper: Wrapper) -> Link:
        name = LinkName.COMMITTED
        checkout = (self.environment.foreign or Path()) / CHECKOUT
        path = Path(wrapper.path)
        if not wrapper.ours or self.root is None or not path.is_relative_to(checkout):
            return links.holds(name, "the repository need not hold it")
        # The setting may stand in a directory above the workspace.
        there = root_of(self.root) / path.relative_to(checkout)
        shown = os.path.relpath(there, self.root)
        if is_ignored(there, root=self.root, env=self.environment.env):
            return links.failed(
                name,
                f"git ignores {shown}: a clone has the setting without the file, and no build works",
                remedy=f"git add -f {shown}",
            )
        return links.holds(name, f"git does not ignore {shown}")

    def _runs(self, wrapper: Wrapper) -> Link:
        name = LinkName.RUNS
        if self.environment.windows and wrapper.ours:
            return links.failed(
                name,
                "a runner with Windows cannot run the shim: its builds fail",
                remedy=f"cargo hone undo, then {_SETUP} --scope user",
            )
        remedy = f"{_SETUP} (it writes the wrapper anew)"
        try:
            finished = self._run(wrapper.path, self.environment.rustc, "-vV")
        except ToolMissing as error:
            if Path(wrapper.path).is_file():
                remedy = f"chmod +x {shlex.quote(wrapper.path)}"
            return links.failed(name, f"{error.message}: every build fails", remedy=remedy)
        if finished.timed_out:
            return links.failed(
                name, f"no answer within {_LIMIT_S:.0f} s", remedy="cargo hone cache stop"
            )
        if not finished.ok:
            said = last_line(finished)
            if self.environment.env.get("CARGO_INCREMENTAL") == "1" and not wrapper.ours:
                return self._incremental()
            return links.failed(name, f"it ends with {finished.returncode}: {said}", remedy=remedy)
        return links.holds(name, f"`{wrapper.value} rustc -vV` gives the compiler's answer")

    def _location(self, wrapper: Wrapper) -> EngineLocation | Link:
        env = self.environment.env
        engine = Sccache() if wrapper.ours else Sccache(Path(wrapper.path))
        found, first = engine.locate(env), engine.first(env)
        if wrapper.ours and first is not None and (found is None or found.path != first):
            return links.failed(
                LinkName.ENGINE,
                f"the wrapper finds {first}, which does not work, and calls the compiler alone",
                remedy=f"remove {first}, or set SCCACHE_PATH to one that works",
            )
        if found is not None and wrapper.ours and needs_pointer(found, env):
            found = self._as_the_shim_finds(found)
        if found is None:
            return links.failed(
                LinkName.ENGINE,
                "the wrapper finds no sccache, and calls the compiler alone",
                remedy=f"{_SETUP} (it leaves a pointer to the one that cargo-hone brought along)",
            )
        if is_too_old(found):
            return links.failed(
                LinkName.ENGINE,
                f"{found.path} is sccache {found.version}, which is too old",
                remedy="cargo install sccache --locked",
            )
        return found

    def _as_the_shim_finds(self, found: EngineLocation) -> EngineLocation | None:
        """What lies beside our own Python the shim knows by the pointer only."""
        if found.origin in {"PATH", "SCCACHE_PATH"}:
            return found
        pointer = own.pointer_path(self.environment.env)
        try:
            target = Path(pointer.read_text("utf-8").splitlines()[0])
        except (OSError, IndexError):
            return None
        named = Sccache(target).locate(self.environment.env)
        if named is None:
            return None
        return EngineLocation(path=target, origin=f"pointer {pointer}", version=named.version)

    def _incremental(self) -> Link:
        name = LinkName.INCREMENTAL
        for variable in INCREMENTAL:
            if self.environment.env.get(variable) == "1":
                return links.failed(
                    name,
                    f"{variable}=1 is set: sccache refuses to work, the shim steps aside",
                    remedy=f"unset {variable} (what cargo does by itself, or `build.incremental` in a file, is fine)",
                )
        for variable in ("HONE_NO_CACHE", "HONE_IN_SHIM"):
            if self.environment.env.get(variable):
                return links.failed(
                    name, f"{variable} is set: the shim steps aside", remedy=f"unset {variable}"
                )
        return links.holds(name, "nothing makes the wrapper step aside")

    def _builds(self, wrapper: Wrapper) -> _Steps:
        env = self.environment.env
        try:
            before = _NONE
            if is_listening(env):
                server.require_sccache(env)
                before = self._engine.state(env).counts
            others = bool(server.clients(env))
            first = self._build("one")
            state = self._engine.state(env)
            listens = is_listening(env)
        except HoneError as error:
            yield links.failed(LinkName.SERVER, error.message, remedy=error.next_step)
            return
        if not listens:
            said = f"nothing listens at {address(env)} after a build"
            if not first.ok:
                said += f", which failed: {last_line(first)}"
            yield links.failed(LinkName.SERVER, said, remedy="cargo hone cache start")
            return
        number = server.pid(env)
        process = f", process {number}" if number else ""
        store = state.directory or state.location
        yield links.holds(LinkName.SERVER, f"{address(env)}{process}; store {store}")
        yield self._cap(wrapper, state)
        yield self._called(first, since(before, state.counts))
        second = self._build("two")
        now = self._engine.state(env).counts
        yield hit(second, since(state.counts, now), others=others)

    def _cap(self, wrapper: Wrapper, state: CacheState) -> Link:
        name = LinkName.CAP
        if state.cap_bytes is None:
            return links.holds(name, f"the store is not on this disk ({state.location})")
        is_cap = Capacity(size_bytes=state.cap_bytes)
        if self.environment.foreign and not wrapper.ours:
            return links.holds(name, f"{is_cap}, whatever the machine there says")
        wanted = own.cap(self.environment.env, wrapper.capacity or self.default)
        if server.has_cap(state.cap_bytes, wanted):
            return links.holds(name, f"{is_cap} ({wanted.origin})")
        should = Capacity(size_bytes=wanted.size_bytes)
        return links.failed(
            name,
            f"the server holds {is_cap}, but it should be {should} ({wanted.origin})",
            remedy="cargo hone cache start" if wrapper.ours else _SETUP,
        )

    def _called(self, finished: Finished, counts: CacheCounts) -> Link:
        name = LinkName.CALLED
        calls = counts.hits + counts.misses + counts.not_cacheable
        if not finished.ok:
            return links.failed(
                name,
                f"`cargo {self.environment.command}` of a tiny crate fails: {last_line(finished)}",
                remedy="mend what cargo names, then run this again",
            )
        if calls == 0:
            return links.failed(
                name,
                "the build succeeded, but none of its calls came to the server",
                remedy="cargo hone cache stop, then run this again",
            )
        return links.holds(name, f"{calls} calls of one build came to the server")

    def _build(self, user: str) -> Finished:
        return self.tiny.build(
            user,
            cargo=self.environment.cargo,
            command=self.environment.command,
            cwd=self.environment.cwd,
            env=self.environment.env,
        )

    def _run(self, *words: str) -> Finished:
        return run(words, cwd=self.environment.cwd, env=self.environment.env, timeout_s=_LIMIT_S)
