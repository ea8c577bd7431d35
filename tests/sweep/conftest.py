from tests.target.conftest import built, tiny

__all__ = ["built", "tiny"]
