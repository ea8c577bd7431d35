"""Talking with cargo in cargo's machine language: metadata, JSON messages, test runs, toolchain. No policy."""
