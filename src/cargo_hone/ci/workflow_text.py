"""A step as it is written: YAML text at indentation 0, scripts as block scalars."""

from dataclasses import dataclass
from importlib import resources

from cargo_hone.edit.jsonc_data import render_string
from cargo_hone.edit.yaml_value import resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStep:
    """One of our steps: an action (`uses`, `inputs`) or a script (`script` names a file in `templates`).

    `conditions` must all hold. `tolerant`: its failure fails nothing. `directory` is written where it is not None.
    An input with several lines is a tuple. `remark` is a comment for whoever reads the workflow.
    """

    name: str
    id: str
    conditions: tuple[str, ...] = ()
    tolerant: bool = False
    timeout_minutes: int | None = None
    uses: str = ""
    inputs: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    script: str = ""
    directory: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    remark: str = ""

    @property
    def text(self) -> str:
        """The step as YAML."""
        lines = [f"name: {self.name}"]
        if self.remark:
            # Inside of the step, so that it goes with it.
            lines.append(f"# {self.remark}")
        lines += [f"id: {self.id}", *self._condition()]
        if self.tolerant:
            lines.append("continue-on-error: true")
        if self.timeout_minutes is not None:
            lines.append(f"timeout-minutes: {self.timeout_minutes}")
        lines += self._script() if self.script else self._action()
        return "".join(f"{line}\n" for line in lines)

    def _condition(self) -> list[str]:
        if len(self.conditions) == 1 and not self.conditions[0].startswith("!"):
            return [f"if: {self.conditions[0]}"]
        joined = [f"  {'&& ' if i else ''}{text}" for i, text in enumerate(self.conditions)]
        return ["if: >-", *joined] if joined else []

    def _script(self) -> list[str]:
        # POSIX sh is in every container; a job's default shell may be anything.
        lines = ["shell: sh"]
        if self.directory is not None:
            lines.append(f"working-directory: {scalar(self.directory)}")
        if self.env:
            lines += ["env:", *(f"  {key}: {scalar(value)}" for key, value in self.env)]
        script = resources.files("cargo_hone.ci").joinpath("templates", self.script)
        text = script.read_text("utf-8").rstrip("\n")
        return [*lines, "run: |", *(f"  {line}" if line else "" for line in text.split("\n"))]

    def _action(self) -> list[str]:
        lines = [f"uses: {self.uses}"]
        if self.inputs:
            lines.append("with:")
        for key, value in self.inputs:
            if isinstance(value, str):
                lines.append(f"  {key}: {scalar(value)}")
            else:
                lines += [f"  {key}: |", *(f"    {line}" for line in value)]
        return lines


# What YAML 1.1 takes for a truth value as well.
_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})


def scalar(text: str) -> str:
    """Write a text plainly where nothing in it means something to YAML, else in double quotes."""
    plain = (
        text.isprintable()
        and (text[:1].isalpha() or text.startswith("${{"))
        and not any(sign in text for sign in (": ", " #"))
        and not text.endswith((":", " "))
        and isinstance(resolved(text), str)
        and text.lower() not in _WORDS
    )
    return text if plain else render_string(text)
