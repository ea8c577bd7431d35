"""Target directories as content-true snapshots: manifest, store, capture, restore."""
