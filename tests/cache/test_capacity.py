import pytest

from cargo_hone.cache.capacity import parse
from cargo_hone.errors import UsageProblem


@pytest.mark.parametrize(
    ("text", "size_bytes", "shown"),
    [
        ("10G", 10_000_000_000, "10 GB"),
        ("10GB", 10_000_000_000, "10 GB"),
        ("10GiB", 10 * 2**30, "10 GiB"),
        ("10gib", 10 * 2**30, "10 GiB"),
        ("1.5G", 1_500_000_000, "1.5 GB"),
        ("500M", 500_000_000, "0.5 GB"),
        ("20971520", 20_971_520, "0.02097 GB"),
    ],
)
def test_sizes_as_people_write_them(text: str, size_bytes: int, shown: str) -> None:
    capacity = parse(text)
    assert capacity.size_bytes == size_bytes
    assert str(capacity) == shown


@pytest.mark.parametrize("text", ["", "ten", "10X", "-1G", "1 0G", "10", "0G"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem):
        parse(text)


def test_sccache_gets_a_binary_suffix_that_means_the_same_bytes() -> None:
    capacity = parse("10G")
    assert capacity.sccache_env == "9765625K"
    assert int(capacity.sccache_env[:-1]) * 1024 == capacity.size_bytes
