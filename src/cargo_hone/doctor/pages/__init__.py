"""The rules' pages, shipped with the program so that `cargo hone explain` works offline."""

from importlib import resources

from cargo_hone.doctor.finding import Rule


def page(rule: Rule) -> str:
    """Return a rule's page, as Markdown."""
    return resources.files(__name__).joinpath(f"{rule.id}.md").read_text("utf-8")
