import subprocess
import tomllib
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.variants import BASE, parse_variants, refuse_overridden


def test_the_base_is_always_there_and_first() -> None:
    assert [one.name for one in parse_variants([])] == [BASE]
    assert [one.name for one in parse_variants(["b:build.jobs=1", "a:build.jobs=2"])] == [
        *(BASE, "b", "a")
    ]


def test_settings_of_one_name_go_together() -> None:
    _, slim, other = parse_variants(
        [
            "slim:profile.dev.debug=0",
            "other:build.jobs=1",
            "slim:env.RUST_LOG=warn=1,x",
            'slim:profile.dev.package."*".opt-level=1',
        ]
    )
    assert slim.config == ("profile.dev.debug=0", 'profile.dev.package."*".opt-level=1')
    assert slim.env == (("RUST_LOG", "warn=1,x"),)
    assert other.config == ("build.jobs=1",)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("line-tables-only", "line-tables-only"),
        ('"line-tables-only"', "line-tables-only"),
        ("true", True),
        ("0", 0),
        ('C:\\odd "path"', 'C:\\odd "path"'),
        ("", ""),
    ],
)
def test_a_value_that_is_no_toml_is_meant_as_a_string(value: str, meant: object) -> None:
    (setting,) = parse_variants([f"x:profile.dev.debug={value}"])[1].config
    assert tomllib.loads(setting)["profile"]["dev"]["debug"] == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slim", "is not a variant"),
        ("slim:debug", "is not a variant"),
        ("profile.dev.debug=0", "is not a variant"),
        (":build.jobs=1", "cannot be the name"),
        ("../up:build.jobs=1", "cannot be the name"),
        ("baseline:build.jobs=1", "the workspace as it is"),
        ("x:env.CARGO_INCREMENTAL=0", "sccache hashes every CARGO_"),
        ("x:env.CARGO_PROFILE_DEV_DEBUG=0", "sccache hashes every CARGO_"),
        ("x:env.9=0", "not the name of an environment variable"),
        ("x:build.rustc-wraper=y", "did you mean `rustc-wrapper`"),
        ("x:profile.dev.debugg=0", "did you mean `debug`"),
        ("x:biuld.jobs=0", "did you mean `build`"),
        ("x:nonsense.jobs=0", "has no `nonsense.jobs`"),
        ("x:build=0", "has no `build`"),
        ("x:build.target-dir=y", "a directory of its own"),
        ('x:build.rustflags=["-C', "is not TOML"),
        ("x:a b.c=0", "is not a key"),
        ("x:build.jobs=1\nbuild.x=2", "is not TOML"),
    ],
)
def test_what_cannot_be_a_variant_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_variants([text])
    assert said in caught.value.message
    assert caught.value.next_step


def test_the_way_round_a_variable_of_cargo_is_named() -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_variants(["x:env.CARGO_PROFILE_DEV_SPLIT_DEBUGINFO=off"])
    assert "profile.dev.split-debuginfo" in caught.value.next_step
    with pytest.raises(UsageProblem) as caught:
        parse_variants(["x:env.CARGO_INCREMENTAL=0"])
    assert "build.incremental=false" in caught.value.next_step


def test_a_key_that_is_near_to_none_is_left_to_cargo() -> None:
    (setting,) = parse_variants(["x:build.quantum-entanglement=true"])[1].config
    assert setting == "build.quantum-entanglement=true"


@pytest.mark.parametrize(
    ("key", "value", "variable"),
    [
        ("rustc-wrapper", "/nonexistent", "RUSTC_WRAPPER"),
        ("rustflags", '["--nonsense"]', "RUSTFLAGS"),
        ("rustc", "/nonexistent", "RUSTC"),
    ],
)
def test_a_setting_that_the_environment_overrules_is_refused(
    workspace: Path, environ: dict[str, str], key: str, value: str, variable: str
) -> None:
    variants = parse_variants([f"x:build.{key}={value}"])
    refuse_overridden(variants, environ)
    around = {**environ, variable: "rustc" if variable == "RUSTC" else ""}
    with pytest.raises(UsageProblem, match=f"{variable} is set"):
        refuse_overridden(variants, around)
    # So it is for cargo itself: the setting, which could not work, is not even looked at.
    (setting,) = variants[1].config
    words = ["cargo", "build", "--offline", "--config", setting]
    for env, works in ((environ, False), (around, True)):
        done = subprocess.run(words, cwd=workspace, env=env, capture_output=True, check=False)
        assert (done.returncode == 0) is works, done.stderr


def test_cargo_takes_what_comes_out(workspace: Path, environ: dict[str, str]) -> None:
    texts = ["x:profile.dev.debug=line-tables-only", 'x:build.rustflags=["-Cdebug-assertions"]']
    words = [w for setting in parse_variants(texts)[1].config for w in ("--config", setting)]
    done = subprocess.run(
        ["cargo", "build", "--offline", *words],
        cwd=workspace,
        env=environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"warning" not in done.stderr
