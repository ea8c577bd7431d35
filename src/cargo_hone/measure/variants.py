"""Variants as the command line names them: `NAME:KEY=VALUE`, several of one name together."""

import re
import tomllib
from collections.abc import Mapping, Sequence

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.near import near_matches
from cargo_hone.model import Variant

BASE = "baseline"
"""The variant that is always there: everything as it is."""
_ENVIRONMENT = "env."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# The Cargo book, "Configuration" (1.95). What is not here is passed on to cargo, unless something here is near it.
_TABLES = frozenset(
    {
        *("build", "cache", "doc", "future-incompat-report", "gc", "host", "http", "net", "patch"),
        *("paths", "profile", "registries", "registry", "resolver", "source", "target", "term"),
        *("unstable", "cargo-new", "install", "alias", "credential-alias", "include"),
    }
)
_KEYS = {
    "build": frozenset(
        {
            *("jobs", "rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc", "target"),
            *("target-dir", "build-dir", "rustflags", "rustdocflags", "incremental"),
            *("dep-info-basedir", "pipelining", "warnings", "artifact-dir", "sbom"),
        }
    ),
    "profile": frozenset(
        {
            *("build-override", "codegen-units", "debug", "debug-assertions", "incremental"),
            *("inherits", "lto", "opt-level", "overflow-checks", "package", "panic", "rpath"),
            *("split-debuginfo", "strip", "rustflags", "codegen-backend", "trim-paths"),
            *("hint-mostly-unused", "debuginfo"),
        }
    ),
}
_OVERRULED_BY: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("build", "rustc"): ("RUSTC",),
    ("build", "rustdoc"): ("RUSTDOC",),
    ("build", "rustc-wrapper"): ("RUSTC_WRAPPER",),
    ("build", "rustc-workspace-wrapper"): ("RUSTC_WORKSPACE_WRAPPER",),
    ("build", "rustflags"): ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"),
    ("build", "rustdocflags"): ("CARGO_ENCODED_RUSTDOCFLAGS", "RUSTDOCFLAGS"),
    ("build", "incremental"): ("CARGO_INCREMENTAL",),
}
"""Variables that stand above `--config` (the Cargo book, "Environment variables"; the systematic ones stand below)."""
_PRIVATE = frozenset({("build", "target-dir"), ("build", "build-dir"), ("build", "target")})


def parse_variants(texts: Sequence[str]) -> tuple[Variant, ...]:
    """Return the base and the variants that `texts` make, in the order of their names' first appearance.

    Raises UsageProblem for what is not `NAME:KEY=VALUE`, for `CARGO_*` variables and for keys that nobody has.
    """
    config: dict[str, list[str]] = {}
    env: dict[str, dict[str, str]] = {}
    for text in texts:
        name, setting = _split(text)
        config.setdefault(name, [])
        env.setdefault(name, {})
        key, _, value = setting.partition("=")
        key = key.strip()
        if key.startswith(_ENVIRONMENT):
            variable = key.removeprefix(_ENVIRONMENT)
            _require_variable(variable, text)
            env[name][variable] = value
        else:
            config[name].append(_setting(key, value, text))
    variants = tuple(
        Variant(name=name, config=tuple(config[name]), env=tuple(sorted(env[name].items())))
        for name in config
    )
    return (Variant(name=BASE), *variants)


def refuse_overridden(variants: Sequence[Variant], env: Mapping[str, str]) -> None:
    """Raise UsageProblem for a setting that an environment variable overrules: it would change nothing."""
    for variant in variants:
        around = {**env, **dict(variant.env)}
        for setting in variant.config:
            keys = _keys(setting.partition("=")[0], setting)
            ruling = [name for name in _OVERRULED_BY.get(keys, ()) if name in around]
            if ruling:
                raise UsageProblem(
                    f"the variant {variant.name} sets {'.'.join(keys)}, but {ruling[0]} is set in the environment "
                    "and wins over it",
                    next_step=f"unset {ruling[0]} (or vary it: {variant.name}:env.{ruling[0]}=…), then run again",
                )


def _split(text: str) -> tuple[str, str]:
    name, colon, setting = text.partition(":")
    if not colon or "=" not in setting or "=" in name:
        raise UsageProblem(
            f"`{text}` is not a variant",
            next_step="write it NAME:KEY=VALUE, e.g. --variant slim:profile.dev.debug=0 "
            "(or NAME:env.VARIABLE=VALUE for the environment)",
        )
    if not _NAME.fullmatch(name) or name.rstrip() != name:
        raise UsageProblem(
            f"`{name}` cannot be the name of a variant",
            next_step="use letters, digits, blanks, `.`, `_` and `-`",
        )
    if name == BASE:
        raise UsageProblem(
            f"the variant `{BASE}` is the workspace as it is, and cannot be given settings",
            next_step="choose another name for the variant",
        )
    return name, setting


def _setting(key: str, value: str, text: str) -> str:
    """Return `KEY=VALUE` as `cargo --config` takes it; a value that is no TOML is meant as a string."""
    keys = _keys(key, text)
    if keys[:2] in _PRIVATE:
        raise UsageProblem(
            f"`{key}` cannot be varied: each variant builds into a directory of its own, for the host",
            next_step="leave it out of --variant",
        )
    _require_known(keys, text)
    if _is_toml(f"{key} = {value}"):
        return f"{key}={value}"
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value.startswith(("[", "{", '"', "'")) or not _is_toml(f"{key} = {quoted}"):
        raise UsageProblem(
            f"the value in `{text}` is not TOML",
            next_step="quote it for the shell, e.g. --variant 'native:build.rustflags=[\"-Ctarget-cpu=native\"]'",
        )
    return f"{key}={quoted}"


def _keys(key: str, text: str) -> tuple[str, ...]:
    """Split a dotted key as TOML does."""
    try:
        here: object = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(
            f"`{key}` in `{text}` is not a key: {error}",
            next_step="write the keys of cargo's configuration with dots: profile.dev.debug",
        ) from error
    keys: list[str] = []
    while isinstance(here, dict) and here:
        name, here = next(iter(here.items()))
        keys.append(name)
    return tuple(keys)


def _is_toml(line: str) -> bool:
    if "\n" in line:
        return False
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _require_known(keys: tuple[str, ...], text: str) -> None:
    table = keys[0]
    known, name = _TABLES, table
    if table == "profile" and len(keys) > 2:
        known, name = _KEYS["profile"], keys[2]
    elif table == "build" and len(keys) > 1:
        known, name = _KEYS["build"], keys[1]
    near = near_matches(name, known) if name not in known else ""
    if near or (known is _TABLES and name not in known) or len(keys) < 2:
        raise UsageProblem(
            f"cargo's configuration has no `{'.'.join(keys)}`{near}",
            next_step=f"correct `{text}`; the keys are in the Cargo book under Configuration",
        )


def _require_variable(name: str, text: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise UsageProblem(
            f"`{name}` in `{text}` is not the name of an environment variable",
            next_step="write NAME:env.VARIABLE=VALUE",
        )
    if name.startswith("CARGO_"):
        raise UsageProblem(
            f"`{name}` cannot be varied: sccache hashes every CARGO_* variable, so setting one changes what the "
            "cache has, not only what it is meant for",
            next_step=f"use cargo's configuration instead ({_instead(name)})",
        )


def _instead(variable: str) -> str:
    if variable == "CARGO_INCREMENTAL":
        return "build.incremental=false"
    words = variable.removeprefix("CARGO_").lower().split("_")
    if words[0] == "profile" and len(words) > 2:
        return f"profile.{words[1]}.{'-'.join(words[2:])}=…"
    return f"{words[0]}.{'-'.join(words[1:])}=…" if len(words) > 1 else "KEY=VALUE"
