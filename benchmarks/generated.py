"""A workspace for measuring: some libraries on registry crates, and a binary on each of them."""

from pathlib import Path

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
