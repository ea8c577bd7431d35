"""`cargo hone doctor`: what makes builds slow or disks full, seen without measuring."""

import click

from cargo_hone.cli.invocation import Format, Invocation, with_formats
from cargo_hone.doctor.asking import Question


@click.command("doctor")
@click.option(
    "--fix",
    type=click.Choice(["safe", "all"]),
    is_flag=False,
    flag_value="safe",
    help="Mend what can be mended safely; --fix=all: all that can be.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what --fix would change; change nothing.")
@with_formats(Format.PLAIN, Format.JSON, Format.GITHUB)
def command(invocation: Invocation, fix: str | None, yes: bool, dry_run: bool) -> int:
    """Look for what makes builds slow or disks full: in manifests, configuration, workflows, editor settings.

    Builds nothing and measures nothing. Exit code 1 where there is an error or a warning; notes alone are 0.
    """
    if fix is not None and invocation.format is Format.GITHUB:
        raise click.UsageError("--fix shows a plan, which '--format github' cannot")
    manifest = invocation.manifest()
    question = Question(manifest, env=invocation.env, flags=invocation.flags)
    # While cargo answers: what is done with it takes as long to import.
    from cargo_hone.cli import doctor_look  # noqa: PLC0415

    doctor_look.expect(manifest.parent)
    answer = question.answer()
    if fix is None:
        return doctor_look.run(invocation, answer)
    from cargo_hone.cli import doctor_fix  # noqa: PLC0415 - only when it is wanted

    return doctor_fix.run(invocation, answer, unsafe=fix == "all", yes=yes, dry_run=dry_run)
