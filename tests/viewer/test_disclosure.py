"""What is shown must not give away what is not: bounds by linear programming."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from viewer.disclosure import (
    TOTAL,
    Cube,
    average,
    control,
    percentage,
    rounded,
    single,
)

PRECISION = 2


def range_of(figure):
    """What everybody knows of a count from its figure: nought is nought, others were rounded."""
    return (figure - 2, figure + 2) if figure else (0, 0)


def bounds_of(cube, shown):
    """The least and greatest value of each suppressed cell given everything that is shown.

    A suppressed figure may have been hidden for another's sake: all that is known of it is that it
    is no less than nothing.
    """
    places = [(row, column) for row in cube.rows for column in cube.columns]
    limits = [(0, None) if shown[one] is None else range_of(shown[one]) for one in places]
    matrix, upper = [[0.0] * len(places)], [0]
    for (row, column), figure in shown.items():
        if TOTAL in (row, column) and figure is not None:
            least, most = range_of(figure)
            line = [float(row in (TOTAL, a) and column in (TOTAL, b)) for a, b in places]
            matrix += [line, [-value for value in line]]
            upper += [most, -least]
    found = {}
    for place, cell in enumerate(places):
        if shown[cell] is None:
            aim = np.zeros(len(places))
            aim[place] = 1
            least, most = (
                linprog(sign * aim, A_ub=matrix, b_ub=upper, bounds=limits, method="highs")
                for sign in (1, -1)
            )
            found[cell] = (least.fun, np.inf if most.status == 3 else -most.fun)
    return found


def random_cube(chance):
    rows = [f"Z{number:02}" for number in range(chance.randint(2, 7))]
    columns = [f"b{number}" for number in range(chance.randint(2, 7))]
    size = chance.choice([3, 10, 40, 200])
    cells = {(row, column): int(chance.expovariate(1 / size)) for row in rows for column in columns}
    return Cube(cells)


def check(cubes):
    suppressed = 0
    for cube in cubes:
        for cell, (least, greatest) in bounds_of(cube, control(cube)).items():
            suppressed += 1
            assert greatest - least > 2 * PRECISION, (cell, cube.cells, least, greatest)
    return suppressed


def test_no_suppressed_cell_of_forty_cubes_can_be_bounded_within_two():
    chance = random.Random(7)  # noqa: S311 - made-up counts

    assert check(random_cube(chance) for _ in range(40)) > 120


@pytest.mark.long
def test_no_suppressed_cell_of_a_thousand_cubes_can_be_bounded_within_two():
    chance = random.Random(11)  # noqa: S311 - made-up counts

    assert check(random_cube(chance) for _ in range(1000)) > 3000


@given(st.integers(0, 10_000))
def test_a_count_is_suppressed_or_rounded(count):
    shown = single(count)

    assert (shown is None) is (1 <= count <= 7)
    assert shown is None or (shown % 5 == 0 and abs(shown - count) <= 2)


def test_the_same_counts_always_give_the_same_figures():
    cube = random_cube(random.Random(3))  # noqa: S311 - made-up counts

    assert control(cube) == control(Cube(dict(reversed(cube.cells.items()))))


def test_a_cell_alone_in_its_row_takes_another_with_it():
    shown = control(Cube({("A", "x"): 3, ("A", "y"): 50, ("A", "z"): 90, ("B", "x"): 60}))

    assert shown["A", "x"] is None
    assert shown["A", "y"] is None
    assert shown["A", "z"] == 90


def test_percentages_come_from_rounded_counts_and_averages_from_enough():
    assert percentage(rounded(12), rounded(41)) == 25
    assert percentage(None, 40) is None
    assert percentage(10, 0) is None
    assert average([1.0] * 7) is None
    assert average([1.0] * 8) == 1.0
