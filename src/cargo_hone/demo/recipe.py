"""What the demonstration workspace is made of: the members, their versions, what is changed in their manifests."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

WEB_STACK_TESTS = (
    "its unit tests need crates that themselves stand on members (reqwest, tower-test), or features that the "
    "workspace does not build"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A change of a published manifest: `old`, which must be there exactly once, becomes `new`."""

    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A published crate that becomes a member of the workspace.

    `dev_dependencies` are those that its unit tests need; the others are dropped. `untested_because` is empty
    where the unit tests of the library are built and run.
    """

    name: str
    version: str
    dev_dependencies: tuple[str, ...] = ()
    untested_because: str = ""
    replacements: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Downgrade:
    """The registry package whose older version the first commit locks."""

    name: str
    version: str
    checksum: str
    older_version: str
    older_checksum: str


def _lean_regex(header: str, version: str) -> Replacement:
    old = f'[{header}.regex]\nversion = "{version}"\n'
    features = 'default-features = false\nfeatures = [\n    "std",\n    "unicode-case",\n    "unicode-perl",\n]\n'
    return Replacement(
        old=old,
        new=old + features,
        why="regex without its faster engines, which take longer to compile than they could save here",
    )


MEMBERS: tuple[Member, ...] = (
    Member(
        name="axum",
        version="0.8.9",
        untested_because=WEB_STACK_TESTS,
        replacements=(
            Replacement(
                old='    "json",\n    "matched-path",\n',
                new='    "json",\n    "macros",\n    "matched-path",\n',
                why="with the macros, so that the workspace uses its proc-macro member",
            ),
        ),
    ),
    Member(name="axum-core", version="0.5.6", untested_because=WEB_STACK_TESTS),
    Member(name="axum-macros", version="0.5.1", untested_because=WEB_STACK_TESTS),
    Member(
        name="elasticlunr-rs",
        version="3.0.2",
        dev_dependencies=("maplit",),
        replacements=(_lean_regex("dependencies", "1"),),
    ),
    Member(name="http-body", version="1.1.0"),
    Member(
        name="http-body-util",
        version="0.1.5",
        dev_dependencies=("futures-util", "tokio"),
    ),
    Member(
        name="http-range-header",
        version="0.4.2",
        dev_dependencies=("quickcheck", "quickcheck_macros", "regex"),
        replacements=(_lean_regex("dev-dependencies", "1.8.3"),),
    ),
    Member(name="hyper", version="1.12.0", untested_because=WEB_STACK_TESTS),
    Member(name="hyper-util", version="0.1.21", untested_because=WEB_STACK_TESTS),
    Member(name="matchit", version="0.8.4"),
    Member(
        name="mdbook",
        version="0.5.2",
        replacements=(
            Replacement(
                old='default = [\n    "watch",\n',
                new="default = [\n",
                why="without file watching, which a demonstration does not use",
            ),
        ),
    ),
    Member(
        name="mdbook-core",
        version="0.5.2",
        dev_dependencies=("tempfile",),
        replacements=(_lean_regex("dependencies", "1.12.2"),),
    ),
    Member(
        name="mdbook-driver",
        version="0.5.2",
        replacements=(_lean_regex("dependencies", "1.12.2"),),
    ),
    Member(
        name="mdbook-html",
        version="0.5.2",
        dev_dependencies=("tempfile", "toml"),
        replacements=(_lean_regex("dependencies", "1.12.2"),),
    ),
    Member(
        name="mdbook-markdown",
        version="0.5.2",
        replacements=(_lean_regex("dependencies", "1.12.2"),),
    ),
    Member(name="mdbook-preprocessor", version="0.5.2"),
    Member(name="mdbook-renderer", version="0.5.2"),
    Member(name="mdbook-summary", version="0.5.2"),
    Member(name="mdbook-toc", version="0.15.4"),
    Member(
        name="mime_guess",
        version="2.0.5",
        replacements=(
            Replacement(
                old="[package]\n",
                new='[lints.rust]\nunexpected_cfgs = "allow"\n\n[package]\nedition = "2015"\n',
                why="its edition is said, and a lint is off that cargo caps in registry packages",
            ),
        ),
    ),
    Member(name="tower", version="0.5.3", untested_because=WEB_STACK_TESTS),
    Member(name="tower-http", version="0.6.11", untested_because=WEB_STACK_TESTS),
    Member(name="tower-layer", version="0.3.3"),
    Member(name="tower-service", version="0.3.3"),
)

DOWNGRADE = Downgrade(
    name="memchr",
    version="2.8.3",
    checksum="cf8baf1c55e62ffcace7a9f06f4bd9cd3f0c4beb022d3b367256b91b87513d98",
    older_version="2.7.6",
    older_checksum="f52b00d39961fc5b2736ea853c9cc86238e165017a493d1d5c8eac6bdc4cc273",
)

# Any member with a library would do: it is asked for where cargo unpacked the sources.
LANDMARK = "axum"


def data() -> Traversable:
    """Return the directory of the recipe's files: lock files and the template of the work tree."""
    return files("cargo_hone.demo") / "data"


def text(name: str) -> str:
    """Return one of the recipe's files."""
    return (data() / name).read_text(encoding="utf-8")


def template() -> Iterator[tuple[str, bytes]]:
    """Yield (path in the work tree, content) of the files that are ours, in a fixed order.

    `dot-` stands for a leading dot, so that the tools of this repository don't take those files for theirs.
    """
    yield from sorted(_walk(data() / "template", ""))


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in directory.iterdir():
        name = entry.name
        shown = prefix + ("." + name.removeprefix("dot-") if name.startswith("dot-") else name)
        if entry.is_dir():
            yield from _walk(entry, shown + "/")
        else:
            yield shown, entry.read_bytes()


def identity() -> str:
    """Return what tells this recipe from any other, older or newer: a hash of all that goes into it."""
    digest = hashlib.sha256(repr((MEMBERS, DOWNGRADE)).encode())
    for name in ("seed.lock", "workspace.lock", "xtask.lock"):
        digest.update(text(name).encode())
    for path, content in template():
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
