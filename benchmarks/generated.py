"""Workspaces for measuring: one that cargo builds, and target directories of any size that nobody built."""

import random
import time
from pathlib import Path

from tests.sweep.synthetic import FakeTarget, FakeUnit

PACKAGES = 20
GENERATION = 982
"""Units that were built for each other."""

CRATES = """
regex = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
syn = { version = "2", features = ["full"] }
"""
STRUCT = """
#[derive(serde::Serialize, serde::Deserialize)]
pub struct S%d { pub a: u%d, pub b: String }
"""
FIND = """
pub fn find(text: &str) -> bool { regex::Regex::new("a+b").unwrap().is_match(text) }
"""
MEMBERS = 3


def generate(root: Path) -> Path:
    """Write a workspace: some libraries on registry crates, and a binary on each of them."""
    names = [f"part{number}" for number in range(MEMBERS)]
    root.mkdir()
    (root / "Cargo.toml").write_text(
        f'[workspace]\nresolver = "2"\nmembers = {[*names, "product"]}\n'.replace("'", '"')
    )
    for name in names:
        source = "".join(STRUCT % (n, 8 << n % 4) for n in range(20)) + FIND
        write(root / name, name, CRATES, "lib.rs", source)
    calls = " && ".join(f'{name}::find("aab")' for name in names)
    needs = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in names)
    write(
        root / "product",
        "product",
        needs,
        "main.rs",
        f'fn main() {{ println!("{{}}", {calls}) }}\n',
    )
    return root


def write(root: Path, name: str, needs: str, file: str, source: str) -> None:
    """Write one package."""
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{needs}'
    )
    (root / "src" / file).write_text(source)


def generate_target(root: Path, *, entries: int, seed: int = 1) -> int:
    """Write a workspace with a target directory of about `entries` entries; returns how many there are.

    The shape is that of a real one of 54,000 entries (982 units with 3 edges each, a third of them build scripts and
    their runs, a tenth of them members with incremental sessions and objects of many codegen units); larger ones hold
    several such generations. The older half was last compiled 30 to 60 days ago.
    """
    chance = random.Random(seed)  # noqa: S311 (the same tree for the same seed)
    names = [f"dep{number}" for number in range(PACKAGES)]
    needs = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in names)
    write(root / "app", "app", needs, "main.rs", "fn main() {}\n")
    for name in names:
        write(root / name, name, "", "lib.rs", "")
    (root / "Cargo.toml").write_text('[workspace]\nresolver = "2"\nmembers = ["app"]\n')
    target = FakeTarget(root=root / "target")
    target.start()
    made = 11
    now_ns = time.time_ns()
    while made < entries:
        days = chance.uniform(30, 60) if made < entries / 2 else chance.uniform(0, 2)
        made += _generated_unit(target, chance, now_ns - int(days * 86_400e9))
    return made


def _generated_unit(target: FakeTarget, chance: random.Random, at_ns: int) -> int:
    number = len(target.written)
    kind = chance.random()
    is_member, has_build = kind < 0.1, kind > 0.66
    # Generations do not need each other, and some few units are what most others stand on.
    known = target.written[number - number % GENERATION :]
    needs = {int(len(known) * chance.random() ** 3) for _ in range(3)} if known else set()
    unit = FakeUnit(
        package="app" if is_member else f"dep{number % PACKAGES}",
        number=chance.getrandbits(64),
        needs=[known[index] for index in sorted(needs)],
        endings=("", ".d") if is_member else (".rlib", ".rmeta", ".d"),
        file="bin-app" if is_member else "",
        output_bytes=chance.choice((4, 16, 64)) << 10,
        has_build_directory=has_build,
        at_ns=at_ns,
    )
    target.add(unit)
    objects = chance.randint(60, 200) if is_member else chance.randint(0, 30)
    for index in range(objects):
        name = f"{unit.package}-{unit.hash}.{chance.getrandbits(60):x}.rcgu.o"
        (target.profile / "deps" / name).write_bytes(b"o" * (4 << 10) if index % 3 else b"")
    files = 0
    if is_member:
        files = chance.randint(60, 200)
        target.add_sessions("app", [at_ns // 1000 + 500_000], files=files, suffix=unit.hash)
        files += 3
    return 5 + len(unit.endings) + objects + files + (5 if has_build else 0)
