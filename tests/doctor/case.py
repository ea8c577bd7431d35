"""A workspace as a rule is to see it: the files beside a tiny workspace's own, the environment, the machine."""

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.doctor.asking import Answer
from cargo_hone.doctor.asking import asked as ask
from cargo_hone.doctor.facts import Facts, Machine
from cargo_hone.doctor.look import look
from cargo_hone.proc import clean_environment


@dataclass(frozen=True, kw_only=True)
class Case:
    """`files` by their paths below the workspace, `env` on top of a clean one ({root}, {home} are replaced in both).

    `machine` changes what the machine says of itself, `before` is done with the workspace's root after the files.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    spec: TinySpec = field(default_factory=lambda: TinySpec(crates=2))
    machine: Callable[[Machine], Machine] = lambda machine: machine
    before: Callable[[Path], None] = lambda _: None


@dataclass(frozen=True, kw_only=True)
class RuleCases:
    """All that must be shown of a rule. `fires` by where a finding must be, and whether its fix is safe (None: none).

    `remedied` is for a rule that no edit of a file mends: the same as `fires`, after somebody did what it says.
    """

    fires: Case
    at: Mapping[str, bool | None]
    quiet: Mapping[str, Case]
    more: Mapping[str, tuple[Case, Mapping[str, bool | None]]] = field(default_factory=dict)
    remedied: Case | None = None


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A case on disk."""

    root: Path
    home: Path
    env: Mapping[str, str]
    case: Case
    answer: Answer | None

    def facts(self) -> Facts:
        """Look at it as it is now."""
        assert self.answer is not None
        found = look(self.answer, env=self.env, state_dir=self.home / "state")
        return dataclasses.replace(found, machine=self.case.machine(found.machine))

    def contents(self) -> dict[Path, bytes]:
        """All files, in the workspace and around it, but for our own state and git's."""
        place = self.root.parent
        return {
            path: path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file() and not {".git", "state"} & set(path.relative_to(place).parts)
        }


def made(case: Case, tmp_path: Path) -> Tree:
    """Write a case to disk and ask cargo about it."""
    root, home = tmp_path / "ws", tmp_path / "home"
    home.mkdir()
    env = environment(home)
    generate(root, case.spec, env=env)
    for name, text in case.files.items():
        path = home / name.removeprefix("~/") if name.startswith("~/") else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, root, home), encoding="utf-8")
    case.before(root)
    env |= {name: _filled(value, root, home) for name, value in case.env.items()}
    return asked(Tree(root=root, home=home, env=env, case=case, answer=None))


def asked(tree: Tree) -> Tree:
    """Ask cargo about it as it is now."""
    answer = ask(tree.root / "Cargo.toml", env=tree.env, flags=("--offline",))
    return dataclasses.replace(tree, answer=answer)


def environment(home: Path) -> dict[str, str]:
    """An environment in which nobody has configured cargo, sccache or a compiler."""
    inherited = clean_environment(os.environ)
    rustup = inherited.get("RUSTUP_HOME") or str(Path.home() / ".rustup")
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(("CARGO", "RUST", "SCCACHE", "HONE", "XDG"))
    }
    return {**kept, "HOME": str(home), "CARGO_HOME": str(home / ".cargo"), "RUSTUP_HOME": rustup}


def _filled(text: str, root: Path, home: Path) -> str:
    return text.replace("{root}", str(root)).replace("{home}", str(home))


def workflow(steps: str, *, env: str = "", job: str = "", on: str = "push") -> dict[str, str]:
    """One workflow with one job; `steps` and `job` are YAML at indentation 0."""
    indented = "".join(
        f"      {line}\n" if line else "\n" for line in steps.strip("\n").split("\n")
    )
    of_job = "".join(f"    {line}\n" for line in job.strip("\n").split("\n")) if job else ""
    top = f"env:\n{env}" if env else ""
    text = f"on: {on}\n{top}jobs:\n  build:\n    runs-on: ubuntu-latest\n{of_job}    steps:\n{indented}"
    return {".github/workflows/ci.yml": text}
