"""The compiler cache: what an engine is, the engines, and the shim that lets a build go on without them."""
