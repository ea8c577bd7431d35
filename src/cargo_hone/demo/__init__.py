"""Workspaces to show and to test with: a real one from published crates, and tiny ones that need no network."""

from cargo_hone.demo.assembly import DemoWorkspace, assemble
from cargo_hone.demo.older import build_older_target

__all__ = ["DemoWorkspace", "assemble", "build_older_target"]
