"""What was found, in numbers: for screens that have one line for it."""

from collections import Counter
from dataclasses import dataclass

from cargo_hone.doctor.examination import Examination
from cargo_hone.doctor.finding import Severity
from cargo_hone.report import figures

LOOK = "cargo hone doctor"
MEND = f"{LOOK} --fix"
MEND_ALL = f"{LOOK} --fix=all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Numbers of findings; `safe_fixes` and `other_fixes` are of the errors and warnings that a fix would mend."""

    errors: int
    warnings: int
    notes: int
    silenced: int
    safe_fixes: int
    other_fixes: int

    @property
    def sentence(self) -> str:
        """What is wrong, and how much of it can be mended; "" where there are only notes, or nothing."""
        counts = ((self.errors, "error"), (self.warnings, "warning"))
        said = ", ".join(figures.count(number, word) for number, word in counts if number)
        fixes = self.safe_fixes or self.other_fixes
        if not said or not fixes:
            return said
        if self.errors + self.warnings == 1:
            return f"{said}, which can be mended"
        return f"{said}, {fixes} of them can be mended"

    @property
    def command(self) -> str:
        """What to type next."""
        if self.safe_fixes:
            return MEND
        return MEND_ALL if self.other_fixes else LOOK


def summarised(result: Examination) -> Summary:
    """Count."""
    counted = Counter(finding.severity for finding in result.findings)
    bad = [finding for finding in result.findings if finding.severity is not Severity.NOTE]
    fixes = Counter(finding.fix.is_safe for finding in bad if finding.fix is not None)
    return Summary(
        errors=counted[Severity.ERROR],
        warnings=counted[Severity.WARNING],
        notes=counted[Severity.NOTE],
        silenced=result.silenced,
        safe_fixes=fixes[True],
        other_fixes=fixes[False],
    )
