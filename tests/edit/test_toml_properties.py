"""Whatever the document looks like: exactly the intended thing changes, and removing it restores the bytes."""

import copy
import tomllib

import tomlrt
from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.toml import SetValue, apply_edits, remove_key, set_value
from cargo_hone.edit.toml_value import TomlValue, render, render_key, same

KEYS = st.sampled_from(["a", "b", "dev", "*", "x.y", "ü", "[c]", "#"])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(["[a]", "a = 1\n[b]", "# no", "it's", 'say "hi"', "\\", "'''", '"""']),
)
VALUES: st.SearchStrategy[TomlValue] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)
PATHS = st.lists(KEYS, min_size=1, max_size=4).map(tuple)
COMMENTS = st.sampled_from(["", " # c", "\t# [a]", "#'''", '  # "'])


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Key lines and headers in every style; not every list of them is TOML."""
    written: list[str] = []
    for _ in range(draw(st.integers(0, 8))):
        path = render_key(draw(PATHS.filter(lambda path: len(path) < 4)))
        indent = draw(st.sampled_from(["", "", "  ", "\t"]))
        match draw(st.integers(0, 6)):
            case 0:
                written.append(f"{indent}[{path}]{draw(COMMENTS)}")
            case 1:
                written.append(f"{indent}[[{path}]]{draw(COMMENTS)}")
            case 2:
                written.append(draw(st.sampled_from(["", "# note", "  # [a]", " "])))
            case 3:
                items = [render(value) for value in draw(st.lists(SCALARS, max_size=3))]
                body = "".join(f"\n    {item},{draw(COMMENTS)}" for item in items)
                written.append(f"{indent}{path} = [{body}\n{indent}]{draw(COMMENTS)}")
            case _:
                equals = draw(st.sampled_from([" = ", "=", "  =\t"]))
                written.append(f"{indent}{path}{equals}{render(draw(VALUES))}{draw(COMMENTS)}")
    return written


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Lines that are TOML together, with either line end, with or without a final one, perhaps a BOM."""
    kept: list[str] = []
    for line in draw(lines()):
        try:
            tomllib.loads("\n".join([*kept, line]))
        except tomllib.TOMLDecodeError:
            continue
        kept.append(line)
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(kept) + draw(st.sampled_from(["", "\n", "\n\n"]))
    bom = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return bom + text.replace("\n", eol).encode()


def parsed(source: bytes) -> dict[str, object]:
    return tomllib.loads(source.decode("utf-8-sig"))


def at(data: object, path: tuple[str, ...]) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def intended(data: dict[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    result = copy.deepcopy(data)
    table = result
    for key in path[:-1]:
        inner = table.setdefault(key, {})
        assert isinstance(inner, dict)
        table = inner
    table[path[-1]] = value
    return result


@settings(max_examples=200, deadline=None)
@given(source=documents(), path=PATHS, value=VALUES)
def test_exactly_the_intended_thing_changes(
    source: bytes, path: tuple[str, ...], value: TomlValue
) -> None:
    before = parsed(source)
    try:
        result = set_value(source, path, value)
    except EditRefused:
        # Only where the way is blocked, or where the place is a table or an array already.
        ways = [at(before, path[:depth]) for depth in range(1, len(path))]
        assert any(way is not None and not isinstance(way, dict) for way in ways) or isinstance(
            at(before, path), (dict, list)
        )
        return
    assert same(parsed(result), intended(before, path, value))
    assert same(dict(tomlrt.loads(result.decode("utf-8-sig")).to_dict()), parsed(result))
    assert set_value(result, path, value) == result


@settings(max_examples=200, deadline=None)
@given(source=documents(), path=PATHS, value=VALUES)
def test_a_key_added_and_removed_leaves_the_bytes(
    source: bytes, path: tuple[str, ...], value: TomlValue
) -> None:
    path = ("new-" + path[0], *path[1:], "leaf")
    assert remove_key(set_value(source, path, value), path, prune=True) == source


@settings(max_examples=100, deadline=None)
@given(source=documents(), path=PATHS, value=VALUES)
def test_every_comment_outside_a_replaced_value_stays(
    source: bytes, path: tuple[str, ...], value: TomlValue
) -> None:
    if at(parsed(source), path) is not None:
        return
    try:
        result = apply_edits(source, [SetValue(path=path, value=value)])
    except EditRefused:
        return
    # An addition only inserts: what was there is a subsequence, in one piece before and one after.
    prefix = next(
        (n for n, (a, b) in enumerate(zip(source, result, strict=False)) if a != b),
        min(len(source), len(result)),
    )
    rest = source[prefix:]
    assert result.endswith(rest) or not rest.strip()
