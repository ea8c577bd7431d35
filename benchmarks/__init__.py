"""Timings of cargo-hone itself: interleaved, as differences and ratios; never part of the tests."""
