"""Measuring builds: scenarios in a scratch copy, interleaved variants, and what the samples allow to be said."""
