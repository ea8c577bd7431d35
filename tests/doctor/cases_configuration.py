"""Cases of the rules that read manifests, cargo's configuration and editors' settings."""

import dataclasses

from cargo_hone.demo.tiny import TinySpec
from cargo_hone.doctor.facts import Machine
from tests.doctor.case import Case, RuleCases, workflow

CONFIG = ".cargo/config.toml"


def on_mac(machine: Machine) -> Machine:
    return dataclasses.replace(machine, platform="darwin")


def on_linux(machine: Machine) -> Machine:
    return dataclasses.replace(machine, platform="linux")


def config(text: str) -> dict[str, str]:
    return {CONFIG: text}


SCCACHE = '[build]\nrustc-wrapper = "sccache"\n'
HOST = "x86_64-unknown-linux-gnu"


def with_host(machine: Machine) -> Machine:
    return dataclasses.replace(machine, host=HOST)


CASES = {
    "HONE001": RuleCases(
        fires=Case(files=config('# team\n[build]\nrustc-wrapper = "/nowhere/sccache"\n')),
        at={f"{CONFIG}:3:1": True},
        more={
            "somebody else's wrapper": (
                Case(files=config('[build]\nrustc-workspace-wrapper = "no-such-wrapper"\n')),
                {f"{CONFIG}:2:1": False},
            ),
            "there, but not everywhere": (
                Case(files=config('[build]\nrustc-wrapper = "/bin/true"\n')),
                {f"{CONFIG}:2:1": False},
            ),
            "in the environment": (
                Case(env={"RUSTC_WRAPPER": "/nowhere/wrapper"}),
                {"variable RUSTC_WRAPPER": None},
            ),
            "where Windows builds, too": (
                Case(
                    files={
                        **config('[build]\nrustc-wrapper = "/nowhere/sccache"\n'),
                        ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: windows-latest\n",
                    }
                ),
                {f"{CONFIG}:2:1": False},
            ),
        },
        quiet={
            "a path inside the repository": Case(
                files={
                    **config('[build]\nrustc-wrapper = "tools/wrap"\n'),
                    "tools/wrap": '#!/bin/sh\nexec "$@"\n',
                },
                before=lambda root: (root / "tools" / "wrap").chmod(0o755),
            ),
            "switched off": Case(files=config('[build]\nrustc-wrapper = ""\n')),
            "one's own configuration": Case(
                files={"~/.cargo/config.toml": '[build]\nrustc-wrapper = "/bin/true"\n'}
            ),
            "a file that git ignores": Case(
                files={
                    **config('[build]\nrustc-wrapper = "/bin/true"\n'),
                    ".gitignore": "/target\n/.cargo/\n",
                }
            ),
        },
    ),
    "HONE002": RuleCases(
        fires=Case(files=config(f'{SCCACHE}[env]\nCARGO_INCREMENTAL = "1"\nOTHER = "x"\n')),
        at={f"{CONFIG}:4:1": True},
        more={
            "in the environment": (
                Case(files=config(SCCACHE), env={"CARGO_INCREMENTAL": "1"}),
                {"variable CARGO_INCREMENTAL": None},
            ),
            "a job": (
                Case(
                    files=workflow(
                        "- run: cargo test",
                        env="  RUSTC_WRAPPER: sccache\n  CARGO_INCREMENTAL: 1\n",
                    )
                ),
                {".github/workflows/ci.yml:4:3": True},
            ),
            "a job that leaves it on": (
                Case(files=workflow("- run: cargo test", env="  RUSTC_WRAPPER: sccache\n")),
                {".github/workflows/ci.yml:5:3": True},
            ),
            "a job that leaves it on, with an env of its own": (
                Case(files=workflow("- run: cargo test", job="env:\n  RUSTC_WRAPPER: sccache")),
                {".github/workflows/ci.yml:3:3": True},
            ),
        },
        quiet={
            "no cache": Case(files=config('[env]\nCARGO_INCREMENTAL = "1"\n')),
            "switched off": Case(
                files=workflow(
                    "- run: cargo test", env="  RUSTC_WRAPPER: sccache\n  CARGO_INCREMENTAL: 0\n"
                )
            ),
            "an action switches it off": Case(
                files=workflow(
                    "- uses: dtolnay/rust-toolchain@stable\n- run: cargo test",
                    env="  RUSTC_WRAPPER: sccache\n",
                )
            ),
            "a release is not incremental": Case(
                files=workflow("- run: cargo build --release", env="  RUSTC_WRAPPER: sccache\n")
            ),
            "at home it is what one wants": Case(files=config(SCCACHE)),
            "the configuration's own key": Case(files=config(f"{SCCACHE}incremental = true\n")),
        },
    ),
    "HONE004": RuleCases(
        fires=Case(files=config('[env]\nSCCACHE_CACHE_SIZE = "5G"\n')),
        at={f"{CONFIG}:2:1": False},
        more={
            "with a cap in the right place as well": (
                Case(
                    files={
                        **config('[env]\nSCCACHE_CACHE_SIZE = { value = "5G", force = true }\n'),
                        "~/.config/sccache/config": "[cache.disk]\nsize = 7\n",
                    }
                ),
                {f"{CONFIG}:2:1": False},
            ),
        },
        quiet={
            "the right place": Case(files={"~/.config/sccache/config": "[cache.disk]\nsize = 7\n"}),
            "in the session": Case(env={"SCCACHE_CACHE_SIZE": "5G"}),
        },
    ),
    "HONE005": RuleCases(
        fires=Case(files=config(f'[build]\ntarget = "{HOST}"\n'), machine=with_host),
        at={f"{CONFIG}:2:1": False},
        quiet={
            "another machine": Case(
                files=config('[build]\ntarget = "wasm32-unknown-unknown"\n'), machine=with_host
            ),
            "the standard library is built too": Case(
                files=config(f'[build]\ntarget = "{HOST}"\n[unstable]\nbuild-std = ["std"]\n'),
                machine=with_host,
            ),
            "a sanitizer": Case(
                files=config(f'[build]\ntarget = "{HOST}"\nrustflags = ["-Zsanitizer=address"]\n'),
                machine=with_host,
            ),
        },
    ),
    "HONE008": RuleCases(
        fires=Case(spec=TinySpec(crates=2, xtask=True)),
        at={"xtask/Cargo.toml:1:1": False},
        quiet={
            "nothing excluded": Case(),
            "shared": Case(
                spec=TinySpec(crates=2, xtask=True),
                files=config('[build]\ntarget-dir = "target"\n'),
            ),
            "another toolchain": Case(
                spec=TinySpec(crates=2, xtask=True),
                files={"xtask/.cargo/config.toml": "[term]\nquiet = true\n"},
            ),
        },
    ),
    "HONE011": RuleCases(
        fires=Case(files=config('[profile.dev]\nsplit-debuginfo = "unpacked"\n'), machine=on_linux),
        at={f"{CONFIG}:2:1": False},
        quiet={
            "on a Mac": Case(
                files=config('[profile.dev]\nsplit-debuginfo = "unpacked"\n'), machine=on_mac
            ),
            "few debug information": Case(
                files=config('[profile.dev]\ndebug = 1\nsplit-debuginfo = "unpacked"\n'),
                machine=on_linux,
            ),
            "packed": Case(
                files=config('[profile.dev]\nsplit-debuginfo = "packed"\n'), machine=on_linux
            ),
        },
    ),
    "HONE012": RuleCases(
        fires=Case(
            files={
                **config('[build]\nrustflags = ["--cfg", "tokio_unstable"]\n'),
                **workflow("- run: cargo test", env="  RUSTFLAGS: -D warnings\n"),
            }
        ),
        at={".github/workflows/ci.yml:3:3": False},
        more={
            "in the shell": (
                Case(
                    files=config('[build]\nrustflags = "-Cdebuginfo=1"\n'),
                    env={"RUSTFLAGS": "-Ctarget-cpu=native"},
                ),
                {"variable RUSTFLAGS": None},
            ),
            "in the editor": (
                Case(
                    files={
                        ".vscode/settings.json": '{\n  // why?\n  "rust-analyzer.cargo.extraEnv": {\n'
                        '    "RUSTFLAGS": "--cfg editor",\n    "A": "b"\n  }\n}\n'
                    }
                ),
                {".vscode/settings.json:4:5": False},
            ),
            "in the container": (
                Case(
                    files={
                        **config("[target.'cfg(unix)']\nrustflags = ['-Cdebuginfo=1']\n"),
                        ".devcontainer/devcontainer.json": '{"containerEnv": {"RUSTFLAGS": "-D warnings"}}\n',
                    }
                ),
                {".devcontainer/devcontainer.json:1:19": False},
            ),
        },
        quiet={
            "nothing in the files to cancel": Case(
                files=workflow("- run: cargo test", env="  RUSTFLAGS: -D warnings\n")
            ),
            "the files' flags are there": Case(
                files={
                    **config('[build]\nrustflags = ["--cfg", "tokio_unstable"]\n'),
                    **workflow(
                        "- run: cargo test", env="  RUSTFLAGS: --cfg tokio_unstable -D warnings\n"
                    ),
                }
            ),
            "flags for another platform": Case(
                files={
                    **config(
                        '[target.x86_64-pc-windows-msvc]\nrustflags = ["-Ccontrol-flow-guard"]\n'
                    ),
                    **workflow("- run: cargo test", env="  RUSTFLAGS: -D warnings\n"),
                }
            ),
            "an expression": Case(
                files={
                    **config('[build]\nrustflags = "-Cdebuginfo=1"\n'),
                    **workflow("- run: cargo test", env="  RUSTFLAGS: ${{ matrix.flags }}\n"),
                }
            ),
            "an editor with a directory of its own": Case(
                files={
                    ".vscode/settings.json": '{"rust-analyzer.cargo.targetDir": true,'
                    ' "rust-analyzer.cargo.extraEnv": {"RUSTFLAGS": "-D warnings"}}'
                }
            ),
        },
    ),
    "HONE013": RuleCases(
        fires=Case(
            files={
                ".vscode/settings.json": "{\n  // ours\n"
                '  "rust-analyzer.check.command": "clippy"\n}\n'
            }
        ),
        at={".vscode/settings.json:3:3": True},
        more={
            "a container": (
                Case(
                    files={
                        ".devcontainer/devcontainer.json": '{\n  "customizations": {"vscode": {"settings": {\n'
                        '    "rust-analyzer.check.command": "clippy"\n  }}}\n}\n'
                    }
                ),
                {".devcontainer/devcontainer.json:3:5": True},
            ),
        },
        quiet={
            "no settings": Case(),
            "settings of something else": Case(
                files={".vscode/settings.json": '{"editor.formatOnSave": true}'}
            ),
            "decided": Case(
                files={
                    ".vscode/settings.json": '{"rust-analyzer.check.command": "clippy",'
                    ' "rust-analyzer.cargo.targetDir": null}'
                }
            ),
            "no checks": Case(
                files={".vscode/settings.json": '{"rust-analyzer.checkOnSave": false}'}
            ),
        },
    ),
}
