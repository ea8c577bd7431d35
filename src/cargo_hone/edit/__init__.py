"""Edits by byte span; the plan as a diff; applying it as one transaction, and undoing that."""
