"""Cases of the rules that read workflows and scripts."""

import subprocess
from pathlib import Path

from cargo_hone.demo.tiny import TinySpec
from tests.doctor.case import Case, RuleCases, workflow

CI = ".github/workflows/ci.yml"
CACHE = """\
- uses: actions/cache@v4
  with:
    path: |
      ~/.cargo/registry
      target
    key: KEY
- run: cargo test --locked
"""
FULL_KEY = "${{ matrix.toolchain }}-${{ hashFiles('**/Cargo.lock') }}"


def cached(key: str, path: str = "") -> str:
    steps = CACHE.replace("KEY", key)
    return steps.replace("|\n      ~/.cargo/registry\n      target", path) if path else steps


WITH_GIT = TinySpec(crates=2, commits=1)


def untracked(root: Path) -> None:
    git = ["git", "rm", "-q", "--cached", "Cargo.lock"]
    subprocess.run(git, cwd=root, check=True, capture_output=True)


CASES = {
    "HONE003": RuleCases(
        fires=Case(
            files=workflow(
                "- uses: mozilla-actions/sccache-action@v0.0.9\n- uses: Swatinem/rust-cache@v2\n- run: cargo test"
            )
        ),
        at={f"{CI}:7:9": False},
        more={
            "a path among others": (
                Case(files=workflow(cached("k"), env="  RUSTC_WRAPPER: sccache\n")),
                {f"{CI}:8:9": False},
            ),
            "a path alone": (
                Case(files=workflow(cached("k", "./target"), env="  RUSTC_WRAPPER: sccache\n")),
                {f"{CI}:8:9": False},
            ),
            "a toolchain with inputs": (
                Case(
                    files=workflow(
                        "- uses: actions-rust-lang/setup-rust-toolchain@v1\n  with:\n    toolchain: stable\n"
                        "- run: cargo build\n  env:\n    RUSTC_WRAPPER: sccache"
                    )
                ),
                {f"{CI}:6:9": False},
            ),
        },
        quiet={
            "downloads beside sccache": Case(
                files=workflow(cached("k", "~/.cargo/registry"), env="  RUSTC_WRAPPER: sccache\n")
            ),
            "one cache": Case(files=workflow(cached("k"))),
            "switched off": Case(
                files=workflow(
                    "- uses: Swatinem/rust-cache@v2\n  with:\n    cache-targets: false\n- run: cargo test",
                    env="  RUSTC_WRAPPER: sccache\n",
                )
            ),
        },
    ),
    "HONE006": RuleCases(
        fires=Case(
            files=workflow(
                "- run: cargo test\n- run: |\n    cargo install cargo-sweep\n    cargo sweep --time 7"
            )
        ),
        at={f"{CI}:9:11": True},
        more={
            "among other things": (
                Case(files=workflow("- run: cargo test && cargo hone sweep --yes")),
                {f"{CI}:6:28": None},
            ),
        },
        quiet={
            "restored": Case(files=workflow(cached("k") + "- run: cargo sweep --time 7")),
            "one's own runner": Case(
                files={
                    CI: "on: push\njobs:\n  a:\n    runs-on: [self-hosted]\n    steps:\n      - run: cargo sweep -i\n"
                }
            ),
            "a local action": Case(
                files=workflow("- uses: ./.github/actions/prepare\n- run: cargo sweep -i")
            ),
            "a stamp deletes nothing": Case(files=workflow("- run: cargo sweep --stamp")),
        },
    ),
    "HONE007": RuleCases(
        fires=Case(
            files=workflow(
                cached("k")
                + "- run: |\n    cargo sweep --stamp\n    cargo build\n    cargo sweep --time 7 # old"
            )
        ),
        at={f"{CI}:16:11": False},
        more={
            "a script": (
                Case(
                    files={
                        "scripts/clean.sh": "cargo sweep -s\ncargo build && cargo sweep -t 30 .\n"
                    }
                ),
                {"scripts/clean.sh:2:1": False},
            ),
            "all three": (
                Case(
                    files={
                        "Makefile": "all:\n\tcargo sweep -s\n\tcargo sweep -t 3\n\tcargo sweep -f\n"
                    }
                ),
                {"Makefile:3:2": None},
            ),
        },
        quiet={
            "the stamp alone": Case(
                files={"scripts/clean.sh": "cargo sweep -s\ncargo b\ncargo sweep -f\n"}
            ),
            "the time alone": Case(files={"scripts/clean.sh": "cargo sweep --time 30\n"}),
        },
    ),
    "HONE010": RuleCases(
        fires=Case(
            files=workflow(
                "- run: cargo test",
                env="  SCCACHE_BUCKET: team\n  CARGO_TERM_COLOR: always\n  RUSTC_WRAPPER: sccache\n",
            ),
            env={"SCCACHE_BUCKET": "team"},
        ),
        at={f"{CI}:4:3": False},
        more={
            "what must stay": (
                Case(
                    files={
                        **workflow(
                            "- run: cargo test\n  env:\n    CARGO_INCREMENTAL: 0",
                            env="  RUSTC_WRAPPER: sccache\n",
                        ),
                        ".config/hone.toml": '[cache]\nremote = "redis://cache"\n',
                    }
                ),
                {f"{CI}:10:11": None},
            ),
        },
        quiet={
            "nobody shares": Case(
                files=workflow(
                    "- run: cargo test", env="  SCCACHE_BUCKET: team\n  CARGO_TERM_COLOR: always\n"
                )
            ),
            "the same for developers": Case(
                files={
                    **workflow(
                        "- run: cargo test",
                        env="  SCCACHE_BUCKET: team\n  CARGO_TERM_COLOR: always\n",
                    ),
                    ".cargo/config.toml": '[env]\nCARGO_TERM_COLOR = "always"\n',
                },
                env={"SCCACHE_BUCKET": "team"},
            ),
            "not hashed": Case(
                files=workflow(
                    "- run: cargo test",
                    env="  SCCACHE_BUCKET: team\n  CARGO_REGISTRIES_X_TOKEN: y\n",
                ),
                env={"SCCACHE_BUCKET": "team"},
            ),
        },
    ),
    "HONE014": RuleCases(
        fires=Case(
            spec=WITH_GIT, files=workflow(cached("${{ runner.os }}-${{ matrix.toolchain }}"))
        ),
        at={f"{CI}:11:11": True},
        quiet={
            "the lock file": Case(files=workflow(cached(FULL_KEY))),
            "the commit": Case(files=workflow(cached("x-${{ github.sha }}"))),
            "a step knows": Case(files=workflow(cached("x-${{ steps.key.outputs.key }}"))),
            "downloads": Case(files=workflow(cached("x", "~/.cargo/registry"))),
        },
    ),
    "HONE015": RuleCases(
        fires=Case(
            files={
                **workflow(cached("rust-${{ runner.os }}-${{ hashFiles('**/Cargo.lock') }}")),
                "rust-toolchain.toml": '[toolchain]\ncomponents = ["rustc"]\n',
            }
        ),
        at={f"{CI}:11:11": True},
        more={
            "an action that knows": (
                Case(
                    files=workflow(
                        "- uses: dtolnay/rust-toolchain@stable\n  id: rust\n"
                        + cached("${{ hashFiles('**/Cargo.lock') }}")
                    )
                ),
                {f"{CI}:13:11": True},
            ),
            "nothing that knows": (
                Case(files=workflow(cached("${{ hashFiles('**/Cargo.lock') }}"))),
                {f"{CI}:11:11": None},
            ),
        },
        quiet={
            "the matrix": Case(files=workflow(cached(FULL_KEY))),
            "a release": Case(files=workflow(cached("v1.95-${{ hashFiles('Cargo.lock') }}"))),
        },
    ),
    "HONE016": RuleCases(
        fires=Case(files=workflow("- run: cargo test", env='  CARGO_INCREMENTAL: "1" # fast?\n')),
        at={f"{CI}:3:3": True},
        quiet={
            "off": Case(files=workflow("- run: cargo test", env="  CARGO_INCREMENTAL: 0\n")),
            "one's own runner": Case(
                files={
                    CI: "on: push\nenv:\n  CARGO_INCREMENTAL: 1\njobs:\n  a:\n    runs-on: self-hosted\n"
                    "    steps:\n      - run: cargo build\n"
                }
            ),
        },
    ),
    "HONE017": RuleCases(
        fires=Case(
            spec=WITH_GIT,
            files=workflow(
                "- run: |\n    set -e\n    cargo +nightly test --workspace && cargo build"
            ),
        ),
        at={f"{CI}:8:11": False},
        more={
            "several jobs, one of them locked": (
                Case(
                    spec=WITH_GIT,
                    files={
                        CI: "on: push\njobs:\n  a: &a\n    steps:\n      - run: cargo fmt; cargo t\n  b: *a\n"
                        "  c:\n    steps:\n      - {run: cargo b --locked}\n  d:\n    steps:\n"
                        '      - {run: "cargo b -p x", name: y}\n'
                    },
                ),
                {f"{CI}:5:25": False},
            ),
            "nextest": (
                Case(spec=WITH_GIT, files=workflow("- run: cargo nextest run -p lib0")),
                {f"{CI}:6:14": False},
            ),
        },
        quiet={
            "locked": Case(spec=WITH_GIT, files=workflow("- run: cargo test --locked")),
            "locked once": Case(
                spec=WITH_GIT, files=workflow("- run: cargo fetch --locked\n- run: cargo test")
            ),
            "other versions on purpose": Case(
                spec=WITH_GIT, files=workflow("- run: cargo update\n- run: cargo test")
            ),
            "git does not track the lock file": Case(
                spec=WITH_GIT, files=workflow("- run: cargo test"), before=untracked
            ),
            "no lock file": Case(files=workflow("- run: cargo test")),
            "nothing is built": Case(spec=WITH_GIT, files=workflow("- run: cargo fmt --check")),
            "another directory": Case(
                spec=WITH_GIT, files=workflow("- run: cargo build\n  working-directory: ../other")
            ),
            "another manifest": Case(
                spec=WITH_GIT,
                files=workflow("- run: cargo build --manifest-path ../fuzz/Cargo.toml"),
            ),
        },
    ),
    "HONE019": RuleCases(
        fires=Case(
            files={"scripts/run.sh": "# target/debug/deps\nexec target/debug/deps/bin0-* --serve\n"}
        ),
        at={"scripts/run.sh:2:6": False},
        more={
            "a cache of parts": (
                Case(files=workflow(cached(FULL_KEY, "target/debug/.fingerprint"))),
                {f"{CI}:8:17": None},
            ),
        },
        quiet={
            "final artifacts": Case(files={"Makefile": "run:\n\ttarget/debug/bin0\n"}),
            "something else's": Case(files={"build.sh": "ls node_modules/x/deps\n"}),
        },
    ),
}
