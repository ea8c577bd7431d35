"""Forms that are seen less often, and what people evidently decided: more cases of the rules, by their ids."""

from collections.abc import Mapping

from tests.doctor.case import Case, workflow
from tests.doctor.cases_configuration import HOST, SCCACHE, config, with_host
from tests.doctor.cases_machine import NETWORK
from tests.doctor.cases_workflows import CI, WITH_GIT, cached

ON_MY_RUNNER = (
    "on: push\njobs:\n  a:\n    runs-on: RUNNER\n    steps:\n      - run: cargo sweep -i\n"
)
TWO_JOBS = (
    "on: push\nenv:\n  CARGO_INCREMENTAL: 1\n  RUSTC_WRAPPER: sccache\njobs:\n"
    "  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: cargo b\n"
    "  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: cargo t\n"
)
FLAGS = config('[build]\nrustflags = ["--cfg", "tokio_unstable"]\n')
SETUP = "actions-rust-lang/setup-rust-toolchain"
SHARED = {"SCCACHE_BUCKET": "team"}
REMOTE = workflow("- run: cargo test", env="  SCCACHE_BUCKET: team\n")


def runner(name: str) -> dict[str, str]:
    return {CI: ON_MY_RUNNER.replace("RUNNER", name)}


def flagged(name: str) -> dict[str, str]:
    steps = workflow("- run: cargo test", env="  RUSTFLAGS: -D warnings\n")[CI]
    return {f".github/workflows/{name}.yml": steps}


def editor(settings: str) -> Case:
    text = f'{{"rust-analyzer.check.command": "clippy", {settings}}}'
    return Case(files={".vscode/settings.json": text})


FIRES: Mapping[str, Mapping[str, tuple[Case, Mapping[str, bool | None]]]] = {
    "HONE001": {
        "where a target of Windows is named, but no runner": (
            Case(
                files={
                    **config('[build]\nrustc-wrapper = "/nowhere/sccache"\n'),
                    **workflow("- run: cargo check --target x86_64-pc-windows-msvc"),
                }
            ),
            {".cargo/config.toml:2:1": True},
        ),
    },
    "HONE002": {
        "one variable of two jobs": (Case(files={CI: TWO_JOBS}), {f"{CI}:3:3": True}),
        "a script": (
            Case(files={**config(SCCACHE), **workflow("- run: CARGO_INCREMENTAL=1 cargo test")}),
            {f"{CI}:6:14": True},
        ),
        "an action that does not switch it off": (
            Case(
                files=workflow(
                    "- uses: Leafwing-Studios/cargo-cache@v2\n- run: cargo test",
                    env="  RUSTC_WRAPPER: sccache\n",
                )
            ),
            {f"{CI}:5:3": True},
        ),
    },
    "HONE003": {
        "an action that has no switch": (
            Case(
                files=workflow(
                    "- uses: Leafwing-Studios/cargo-cache@v2\n- run: cargo test",
                    env="  RUSTC_WRAPPER: sccache\n",
                )
            ),
            {f"{CI}:8:9": None},
        ),
    },
    "HONE005": {
        "a list of one": (
            Case(files=config(f'[build]\ntarget = ["{HOST}"]\n'), machine=with_host),
            {".cargo/config.toml:2:1": False},
        ),
    },
    "HONE006": {
        "a runner of GitHub's by expression": (
            Case(files=runner("${{ matrix.os }}")),
            {f"{CI}:6:14": True},
        ),
    },
    "HONE010": {
        "what only developers have": (
            Case(files=REMOTE, env={**SHARED, "CARGO_PROFILE_DEV_DEBUG": "1"}),
            {"variable CARGO_PROFILE_DEV_DEBUG": None},
        ),
    },
    "HONE012": {
        "the same in two workflows": (
            Case(files={**FLAGS, **flagged("a"), **flagged("b")}),
            {".github/workflows/a.yml:3:3": False, ".github/workflows/b.yml:3:3": False},
        ),
        "an action, with other inputs and without": (
            Case(
                files={
                    **FLAGS,
                    **workflow(
                        f"- uses: {SETUP}@v1\n- uses: {SETUP}@v1\n  with:\n    toolchain: stable\n"
                        "- run: cargo test --locked"
                    ),
                }
            ),
            {f"{CI}:6:9": False, f"{CI}:7:9": False},
        ),
        "scripts": (
            Case(
                files={
                    **FLAGS,
                    **workflow(
                        '- run: echo "RUSTFLAGS=-D warnings" >> "$GITHUB_ENV"\n'
                        "- run: RUSTFLAGS='-D warnings' cargo test\n- run: export RUSTFLAGS=-Dwarnings"
                    ),
                }
            ),
            {f"{CI}:6:20": None, f"{CI}:7:14": None, f"{CI}:8:21": None},
        ),
    },
    "HONE014": {
        "no lock file in the repository": (
            Case(files=workflow(cached("${{ runner.os }}-${{ matrix.toolchain }}"))),
            {f"{CI}:11:11": True},
        ),
        "other files": (
            Case(
                spec=WITH_GIT,
                files=workflow(cached("${{ matrix.toolchain }}-${{ hashFiles('**/Cargo.toml') }}")),
            ),
            {f"{CI}:11:11": True},
        ),
    },
    "HONE015": {
        "another action that knows": (
            Case(
                files=workflow(
                    f"- uses: {SETUP}@v1\n  id: rust\n" + cached("${{ hashFiles('**/Cargo.lock') }}")
                )
            ),
            {f"{CI}:13:11": True},
        ),
    },
    "HONE016": {
        "a script, for the steps behind": (
            Case(
                files=workflow(
                    '- run: |\n    # CARGO_INCREMENTAL=1\n    echo "CARGO_INCREMENTAL=1" >> "$GITHUB_ENV"\n'
                    "- run: CARGO_INCREMENTAL='true' cargo test"
                )
            ),
            {f"{CI}:8:17": True, f"{CI}:9:14": True},
        ),
        "a folded script": (
            Case(files=workflow("- run: >\n    CARGO_INCREMENTAL=1\n    cargo test")),
            {f"{CI}:6:9": None},
        ),
    },
    "HONE019": {
        "by the variable": (
            Case(files={"run.sh": 'ls "$CARGO_TARGET_DIR"/debug/deps\nls ${CARGO_TARGET_DIR:-target}/ci/build\n'}),
            {"run.sh:1:5": None, "run.sh:2:4": None},
        ),
    },
}  # fmt: skip

SILENT: Mapping[str, Mapping[str, Case]] = {
    "HONE005": {
        "several": Case(files=config(f'[build]\ntarget = ["{HOST}", "x"]\n'), machine=with_host),
    },
    "HONE006": {
        "a runner with a label of one's own": Case(files=runner("big-machine")),
        "a group of runners": Case(files=runner("{group: ours}")),
    },
    "HONE010": {
        "what rustup sets": Case(files=REMOTE, env={**SHARED, "CARGO_HOME": "{home}/.cargo"}),
        "what the pipeline has as well": Case(
            files=workflow(
                "- run: cargo test", env="  SCCACHE_BUCKET: team\n  CARGO_TERM_COLOR: always\n"
            ),
            env={**SHARED, "CARGO_TERM_COLOR": "always"},
        ),
    },
    "HONE012": {
        "an action that is told not to": Case(
            files={
                **FLAGS,
                **workflow(f'- uses: {SETUP}@v1\n  with:\n    rustflags: ""\n- run: cargo test'),
            }
        ),
        "an action that finds it set": Case(
            files={
                **FLAGS,
                **workflow(
                    f"- uses: {SETUP}@v1\n- run: cargo test",
                    env="  RUSTFLAGS: --cfg tokio_unstable\n",
                ),
            }
        ),
        "scripts that add to it, or have the flags": Case(
            files={
                **FLAGS,
                **workflow(
                    '- run: RUSTFLAGS="$RUSTFLAGS -D warnings" cargo test\n'
                    '- run: echo "RUSTFLAGS=-D warnings --cfg tokio_unstable" >> "$GITHUB_ENV"\n'
                    "- run: |\n    # RUSTFLAGS=-Dwarnings\n    MY_RUSTFLAGS=-Dwarnings true"
                ),
            }
        ),
    },
    "HONE013": {
        "no checks, by the old name": editor('"rust-analyzer.checkOnSave.enable": false'),
        "a command of one's own": editor(
            '"rust-analyzer.check.overrideCommand": ["cargo", "check", "--target-dir", "x"]'
        ),
        "options for all of its cargo": editor(
            '"rust-analyzer.cargo.extraArgs": ["--target-dir=target/ra"]'
        ),
    },
    "HONE014": {
        "all files": Case(
            spec=WITH_GIT,
            files=workflow(cached("${{ matrix.toolchain }}-${{ hashFiles('**/*.lock', 'x') }}")),
        ),
        "another job knows": Case(
            spec=WITH_GIT, files=workflow(cached("x-${{ needs.key.outputs.key }}"))
        ),
        "the manifests, where no lock file is in the repository": Case(
            files=workflow(cached("${{ matrix.toolchain }}-${{ hashFiles('**/Cargo.toml') }}"))
        ),
    },
    "HONE015": {
        "another job knows": Case(files=workflow(cached("x-${{ needs.key.outputs.key }}"))),
        "each run has its own": Case(files=workflow(cached("x-${{ github.run_number }}"))),
    },
    "HONE016": {
        "sources get their times back": Case(
            files=workflow(
                "- uses: chetan/git-restore-mtime-action@v2\n- run: cargo test",
                env="  CARGO_INCREMENTAL: 1\n",
            )
        ),
        "off in a script": Case(files=workflow("- run: CARGO_INCREMENTAL=0 cargo test")),
    },
    "HONE018": {
        "units lie elsewhere": Case(
            files=config('[build]\nbuild-dir = "/var/build"\n'),
            env={"CARGO_TARGET_DIR": "/nfs/target"},
            machine=NETWORK,
        ),
    },
}
