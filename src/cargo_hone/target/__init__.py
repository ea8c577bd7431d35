"""The model of a cargo target directory: layouts, units, the fingerprint graph, what is alive. Deletes nothing."""
