"""A runner for GitHub workflows on this machine: enough of it to run what cargo-hone writes, step by step."""
