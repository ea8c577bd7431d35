"""Sweeping a target directory: what goes, its deletion, and the proof of both."""
