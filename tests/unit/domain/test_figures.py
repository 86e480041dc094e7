import pytest

from service.domain.figures import compatible, quantities


def read(sentence: str) -> list[tuple[float, str]]:
    return [(quantity.value, quantity.unit) for quantity in quantities(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Sixty-three people hid in two refrigerated trailers.", [(63, "person"), (2, "trailer")]),
        ("It paid 2.5 million crowns, 4 per cent more.", [(2.5e6, "crown"), (4, "%")]),
        ("The train did 94 km/h.", [(94, "km/h")]),
        ("It cost $1.5bn.", [(1.5e9, "$")]),
        ("The number of hens lost stood at 2.7 million.", [(2.7e6, "hen")]),
        ("Two hundred and five men came.", [(205, "man")]),
        ("He was shown one microphone and no more.", [(1, "microphone")]),
        ("Margins fell by five percentage points.", [(5, "point")]),
        ("Some 1,300 remain.", [(1300, "")]),
    ],
)
def test_a_quantity_is_read_with_what_it_counts(sentence, expected):
    assert read(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "On Jan. 30, 2026 it reopened.",
        "The vote is on 14 March.",
        "It began at 11.40 a.m. and 7:12 p.m.",
        "Rovers beat City 3-2.",
        "She stood at Gate No. 9.",
        "He won in 2024.",
        "It was the 88th minute.",
    ],
)
def test_dates_times_scores_and_numbers_that_name_are_no_quantities_of_something(sentence):
    assert [unit for _, unit in read(sentence) if unit] == []


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("60 men", "60 men", True),
        ("about 3,100 men", "3,020 men", True),
        ("about 3,100 men", "2,100 men", False),
        ("more than 60 men", "64 men", True),
        ("more than 60 men", "58 men", False),
        ("fewer than 60 men", "58 men", True),
        ("up to 60 men", "64 men", False),
        ("1.9 million men", "1,912,000 men", True),
        ("1.9 million men", "2,412,000 men", False),
        ("27 men", "22 men", False),
    ],
)
def test_rounded_figures_and_bounds_go_together_with_what_they_allow(a, b, expected):
    (first,), (second,) = quantities(a), quantities(b)
    assert compatible(first, second) is expected
    assert compatible(second, first) is expected


@pytest.mark.parametrize(
    "sentence", ["", "...", "1,,2 of 3..4", "7:12:30 £ $5", "٣ رجال", "²³ men", "1.2.3.4 is up"]
)
def test_odd_text_is_read_without_an_error(sentence):
    quantities(sentence)
