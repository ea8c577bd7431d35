"""What a killed run had left half done, and what became of it."""

from cargo_hone.edit.recover import Recovered
from cargo_hone.ui.console import Console


def tell_recovered(recovered: Recovered, console: Console) -> None:
    """Say what was rolled back, and which files could not be."""
    for title in recovered.titles:
        console.error(
            f"an earlier run was killed during `{title}`: its files were rolled back",
            label="warning",
        )
    for file in recovered.refused:
        console.error(f"{file.path} was left as it is: {file.reason}", label="warning")
