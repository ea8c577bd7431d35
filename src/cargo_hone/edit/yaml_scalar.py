"""One scalar of a YAML text replaced by another, in the old one's style where that can hold the new one."""

from collections.abc import Iterator

from cargo_hone.edit.yaml_block import lines_of
from cargo_hone.edit.yaml_document import Kind, Node
from cargo_hone.edit.yaml_value import literal_lines, render_scalar

Scalar = str | int | bool | None


def replaced(text: str, root: Node, node: Node, value: Scalar, *, flow: bool) -> Iterator[str]:
    """Yield texts with the scalar `node` replaced, the best first; `flow` says that it is inside brackets.

    Raises ValueError where its tag forbids that.
    """
    if node.tag is not None and not isinstance(value, str):
        raise ValueError("it has a tag, which says what it is")
    before, after = text[: node.body], text[node.end :]
    if node.style in {"|", ">"}:
        yield from (before + new + after for new in _blocks(text[node.body : node.end], value))
        return
    written = render_scalar(value, style=node.style, flow=flow)
    if node.style == "" and written.startswith('"'):
        written = render_scalar(value, style=_quotes(root), flow=flow)
    if node.body < node.end:
        yield f"{before}{written}{after}"
        return
    gap = "" if before[-1:] in {" ", "\t"} else " "
    yield f"{before}{gap}{written}{after}"
    yield f"{before}: {written}{after}"


def entry_text(value: Scalar) -> str:
    """Write a scalar as the text of a new entry: a literal block where it has several lines."""
    literal = literal_lines(value, 2) if isinstance(value, str) and "\n" in value else None
    if literal is not None:
        return "\n".join([literal[0], *literal[1], ""])
    return render_scalar(value, style="", flow=False)


def _blocks(old: str, value: Scalar) -> Iterator[str]:
    """Yield a block scalar's text with another value, as a literal and in quotes; its comment stays."""
    head, _, content = old.partition("\n")
    eol = "\r\n" if head.endswith("\r") else "\n"
    header, mark, comment = head.rstrip("\r").partition("#")
    behind = header[len(header.rstrip()) :] + mark + comment
    filled = next((line for line in lines_of(content) if line.strip()), "  ")
    indent = len(filled) - len(filled.lstrip(" "))
    literal = literal_lines(value, indent) if isinstance(value, str) else None
    if literal is not None:
        yield eol.join([literal[0] + behind, *literal[1], ""])
    yield render_scalar(value, style="", flow=False) + behind + eol


def _quotes(root: Node) -> str:
    """Return the quotes that most quoted scalars of the document have."""
    styles = [node.style for node in root.walk() if node.kind is Kind.SCALAR]
    return "'" if styles.count("'") > styles.count('"') else '"'
