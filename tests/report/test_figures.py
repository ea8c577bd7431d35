import pytest

from cargo_hone.report import figures


@pytest.mark.parametrize(
    ("wall_s", "text"),
    [(61.249, "61.2 s"), (785.06, "785.1 s"), (1.0, "1.0 s"), (0.996, "1.0 s"), (0.312, "0.31 s")],
)
def test_seconds(wall_s: float, text: str) -> None:
    assert figures.seconds(wall_s) == text
    assert float(text.removesuffix(" s")) == figures.rounded_seconds(wall_s)


@pytest.mark.parametrize(
    ("percent", "text"),
    [(-28.1, "-28 %"), (3.4, "+3 %"), (-0.44, "-0.4 %"), (0.96, "+1 %"), (120.0, "+120 %")],
)
def test_change(percent: float, text: str) -> None:
    assert figures.change(percent) == text


def test_a_margin_is_never_nothing() -> None:
    assert figures.margin(0.001) == "±0.1 %"
    assert figures.margin(3.6) == "±4 %"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 kB"),
        (345_400_000, "345 MB"),
        (2_912_345_678, "2.9 GB"),
        (12_850_000_000, "12.8 GB"),
        (-1_500_000, "-1.5 MB"),
    ],
)
def test_size(size_bytes: int, text: str) -> None:
    assert figures.size(size_bytes) == text


def test_only_all_is_a_hundred_percent() -> None:
    assert figures.share(1412, 1412) == "100 %"
    assert figures.share(99_999, 100_000) == "99.9 %"
    assert figures.share(0, 0) == figures.ABSENT


def test_count() -> None:
    assert figures.count(1412) == "1,412"
    assert figures.count(1, "unit") == "1 unit"
    assert figures.count(0, "unit") == "0 units"
