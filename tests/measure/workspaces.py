"""The tiny workspace, as files."""

from pathlib import Path

FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["ground", "middle", "product"]\nresolver = "2"\n',
    "ground/Cargo.toml": '[package]\nname = "ground"\nversion = "0.1.0"\nedition = "2021"\n',
    "ground/src/lib.rs": (
        "mod sums;\npub use sums::total;\n\n#[cfg(windows)]\nmod never;\n"
        "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn nothing() {}\n}\n"
    ),
    "ground/src/sums.rs": (
        "/// fn in_a_comment() {\npub fn total(numbers: &[u64]) -> u64 {\n"
        "    let mut sum = 0;\n    for number in numbers {\n        sum += number;\n    }\n    sum\n}\n"
    ),
    "ground/src/never.rs": "pub fn windows_only() { not_rust_anywhere_else() }\n",
    "middle/Cargo.toml": (
        '[package]\nname = "middle"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\nground = { path = "../ground" }\n'
    ),
    "middle/src/lib.rs": "pub fn twice(n: u64) -> u64 {\n    ground::total(&[n, n])\n}\n",
    "product/Cargo.toml": (
        '[package]\nname = "product"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\nmiddle = { path = "../middle" }\n'
    ),
    "product/src/main.rs": (
        'fn main() {\n    let answer = middle::twice(21);\n    println!("{answer}");\n}\n'
    ),
}


def write_files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
