"""Hand-written devcontainers of every style: exactly our lines are added, and taking them out restores the bytes."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cargo_hone.ci.devcontainer_edit import added, removed
from cargo_hone.edit.refused import EditRefused

CORPUS = Path(__file__).parent / "devcontainers"
MOUNT = {
    "source": "cargo-hone-${devcontainerId}",
    "target": "/var/cache/cargo-hone",
    "type": "volume",
}
MOUNT_TEXT = "source=cargo-hone-${devcontainerId},target=/var/cache/cargo-hone,type=volume"


@dataclass(frozen=True)
class Expected:
    """The hooks that get our commands; `beside` names those that hold an object, `wrapped` those that become one."""

    create: str = "onCreateCommand"
    start: str = "postStartCommand"
    beside: tuple[str, ...] = ()
    wrapped: tuple[str, ...] = ()
    script: str = ".devcontainer/hone.sh"


EXPECTED = {
    "all-taken": Expected(
        create="postCreateCommand", wrapped=("postCreateCommand", "postStartCommand")
    ),
    "blank-lines": Expected(create="updateContentCommand", script="../../.devcontainer/hone.sh"),
    "brace-style": Expected(
        create="postCreateCommand", start="postAttachCommand", beside=("postCreateCommand",)
    ),
    "compose": Expected(start="postAttachCommand"),
    "dockerfile": Expected(create="updateContentCommand"),
    "empty": Expected(),
    "features": Expected(beside=("postStartCommand",)),
    "image": Expected(),
    "objects": Expected(beside=("onCreateCommand", "postStartCommand")),
    "one-line": Expected(),
    "one-line-spaced": Expected(),
    "only-comment": Expected(),
    "trailing": Expected(),
}

TRANSFORMATIONS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "bom and crlf": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "tabs": lambda text: re.sub(
        r"^(?:  )+", lambda m: "\t" * (len(m[0]) // 2), text, flags=re.MULTILINE
    ),
    "eight": lambda text: re.sub(r"^[ \t]+", lambda m: m[0] * 4, text, flags=re.MULTILINE),
    "no indentation": lambda text: re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE),
    "no last line end": lambda text: text.rstrip("\n"),
    "comments at line ends": lambda text: re.sub(
        r"(?<=\S)$", " // note, {here}", text, flags=re.MULTILINE
    ),
    "comment lines": lambda text: re.sub(r"^(?=\s*\S)", '// "a": 1,\n', text, flags=re.MULTILINE),
    "block comments": lambda text: re.sub(r"^(?=[ \t]*\")", "/* , */ ", text, flags=re.MULTILINE),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
}


def load(text: str) -> Any:
    """A reader of its own: comments and trailing commas go, the rest is JSON."""
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|.', re.DOTALL)
    kept = [m for m in token.findall(text.lstrip("\ufeff")) if not m.startswith(("//", "/*"))]
    significant = [m for m in kept if m.strip()]
    tokens = [
        m
        for m, following in zip(significant, [*significant[1:], ""], strict=True)
        if not (m == "," and following in "]}")
    ]
    return json.loads("".join(tokens))


def meant(before: dict[str, Any], expected: Expected) -> dict[str, Any]:
    after = copy.deepcopy(before)
    for hook, task in ((expected.create, "create"), (expected.start, "start")):
        command = f"sh {expected.script} {task} || true"
        if hook in expected.wrapped:
            after[hook] = {"kept by cargo-hone": before[hook], "cargo-hone": command}
        elif hook in expected.beside:
            after[hook]["cargo-hone"] = command
        else:
            assert hook not in before
            after[hook] = command
    if "mounts" in before:
        after["mounts"].append(MOUNT_TEXT)
    else:
        after["mounts"] = [MOUNT]
    return after


@pytest.fixture(params=sorted(EXPECTED))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sources(name: str) -> Iterator[tuple[str, bytes]]:
    """A file of the corpus after each transformation."""
    # Bytes, because reading as text would change line ends.
    text = (CORPUS / f"{name}.jsonc").read_bytes().decode()
    for transformation, transform in TRANSFORMATIONS.items():
        yield transformation, transform(text).encode()


def test_every_file_of_the_corpus_is_expected() -> None:
    assert {path.stem for path in CORPUS.iterdir()} == set(EXPECTED)


def test_exactly_the_meant_things_are_added(name: str) -> None:
    for transformation, source in sources(name):
        after = load(added(source, name=name).content.decode())
        before = load(source.decode())
        assert after == meant(before, EXPECTED[name]), transformation
        assert [key for key in after if key in before] == list(before), transformation


def test_taking_out_restores_the_bytes(name: str) -> None:
    for transformation, source in sources(name):
        assert removed(added(source, name=name).content, name=name) == source, transformation


def test_a_second_time_changes_nothing(name: str) -> None:
    for transformation, source in sources(name):
        once = added(source, name=name).content
        assert added(once, name=name).content == once, transformation
        assert removed(source, name=name) == source, transformation


@pytest.mark.parametrize("lines", ["compose", "features", "image", "only-comment"])
def test_of_the_users_lines_only_a_comma_changes(lines: str) -> None:
    source = (CORPUS / f"{lines}.jsonc").read_text()
    after = added(source.encode(), name=lines).content.decode().splitlines()
    lost = [line for line in source.splitlines() if line not in after]
    assert all(f"{line}," in after for line in lost)
    assert len(lost) <= 1


def test_strict_json_stays_strict_json() -> None:
    """No comment and no trailing comma of ours: some people read the file with a JSON parser."""
    source = json.dumps({"image": "rust:1", "postStartCommand": {"a": "b"}}, indent=2).encode()
    json.loads(added(source, name="x").content)
    json.loads(added(b'{"image":"rust:1"}', name="x").content)


def test_the_users_own_later_changes_stay() -> None:
    mine = added(
        b'{\n  "image": "rust:1",\n  "postStartCommand": "a",\n  "postAttachCommand": "b"\n}\n',
        name="x",
    )
    changed = mine.content.replace(b'"type": "volume"', b'"type": "volume" /* ours */')
    changed = changed.replace(b'"rust:1"', b'"rust:2"').replace(b'"a",', b'"a", "mine": "c",')
    left = load(removed(changed, name="x").decode())
    assert left == {
        "image": "rust:2",
        "postStartCommand": {"kept by cargo-hone": "a", "mine": "c"},
        "postAttachCommand": "b",
    }


def test_a_mount_that_joined_ours_stays() -> None:
    mine = added(b'{ "image": "rust:1" }', name="x").content
    changed = mine.replace(b'"mounts": [', b'"mounts": ["source=a,target=/a,type=volume", ')
    assert load(removed(changed, name="x").decode())["mounts"] == ["source=a,target=/a,type=volume"]


def test_an_older_command_of_ours_is_renewed() -> None:
    source = b'{ "image": "rust:1", "onCreateCommand": "sh old/.devcontainer/hone.sh create" }'
    after = load(added(source, name="x").content.decode())
    assert after["onCreateCommand"] == "sh .devcontainer/hone.sh create || true"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "not valid JSON"),
        (b"[]", "not an object"),
        (b'{ "mounts": "source=a" }', "not a list"),
        (b'{ "image": "a", "image": "b" }', "twice"),
        (b'{ "image": "\xff" }', "UTF-8"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(source: bytes, reason: str) -> None:
    with pytest.raises(EditRefused, match=reason):
        added(source, name="devcontainer.json")


@pytest.mark.parametrize(
    ("config", "note"),
    [
        ({"onCreateCommand": "a"}, "onCreateCommand is yours, so ours is updateContentCommand"),
        ({"dockerComposeFile": "c.yml", "service": "a"}, "hooks run in `/`"),
        ({"workspaceFolder": "/src"}, "mounted at `workspaceFolder` (/src)"),
        ({"postStartCommand": "a", "postAttachCommand": "b"}, "postStartCommand becomes an object"),
    ],
)
def test_what_is_not_as_usual_is_said(config: dict[str, str], note: str) -> None:
    notes = added(json.dumps(config).encode(), name="devcontainer.json").notes
    assert any(note in said for said in notes)


@pytest.mark.parametrize(
    ("folder", "mount", "script"),
    [
        ("/workspaces/${localWorkspaceFolderBasename}", None, ".devcontainer/hone.sh"),
        ("/workspaces/${localWorkspaceFolderBasename}/", None, ".devcontainer/hone.sh"),
        ("/w/${localWorkspaceFolderBasename}/a/b", None, "../../.devcontainer/hone.sh"),
        ("/src/a", "source=.,dst=/src,type=bind", "../.devcontainer/hone.sh"),
        ("/src", "type=bind,source=.,target=/src", ".devcontainer/hone.sh"),
        ("/srcs", "type=bind,source=.,target=/src", ".devcontainer/hone.sh"),
    ],
)
def test_hooks_name_the_script_from_where_they_run(
    folder: str, mount: str | None, script: str
) -> None:
    config = {"workspaceFolder": folder} | ({"workspaceMount": mount} if mount else {})
    after = load(added(json.dumps(config).encode(), name="x").content.decode())
    assert after["onCreateCommand"] == f"sh {script} create || true"
