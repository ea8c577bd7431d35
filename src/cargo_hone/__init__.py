"""cargo-hone: makes a Cargo workspace build fast and stay small, and proves it by measuring."""

__version__ = "0.1.0"
