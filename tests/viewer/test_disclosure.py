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


def bounds_of(history):
    """The least and greatest value of each suppressed cell given everything that was ever shown.

    `history` holds each cube with what was shown of it. Whoever looks knows which cells did not
    change from one to the next. A suppressed figure may have been hidden for another's sake: all
    that is known of it is that it is no less than nothing.
    """
    values, limits, matrix, upper, aims = {}, [], [], [], {}
    for cube, shown in history:
        places = [(row, column) for row in cube.rows for column in cube.columns]
        for cell in places:
            if cell not in values or values[cell][0] != cube.cells[cell]:
                values[cell] = (cube.cells[cell], len(limits))
                limits.append((0, None))
            number = values[cell][1]
            if shown[cell] is None:
                aims[cell, number] = number
            else:
                limits[number] = range_of(shown[cell])
        for (row, column), figure in shown.items():
            if TOTAL in (row, column) and figure is not None:
                least, most = range_of(figure)
                inside = [
                    values[cell][1]
                    for cell in places
                    if row in (TOTAL, cell[0]) and column in (TOTAL, cell[1])
                ]
                matrix += [(inside, 1.0), (inside, -1.0)]
                upper += [most, -least]
    return _extremes(limits, matrix, upper, aims)


def _extremes(limits, sums, upper, aims):
    matrix = np.zeros((len(sums) + 1, len(limits)))
    for row, (inside, sign) in enumerate(sums):
        matrix[row, inside] = sign
    found = {}
    for name, number in aims.items():
        aim = np.zeros(len(limits))
        aim[number] = 1
        least, most = (
            linprog(sign * aim, A_ub=matrix, b_ub=[*upper, 0], bounds=limits, method="highs")
            for sign in (1, -1)
        )
        found[name] = (least.fun, np.inf if most.status == 3 else -most.fun)
    return found


def random_cube(chance):
    rows = [f"Z{number:02}" for number in range(chance.randint(2, 7))]
    columns = [f"b{number}" for number in range(chance.randint(2, 7))]
    size = chance.choice([3, 10, 40, 200])
    cells = {(row, column): int(chance.expovariate(1 / size)) for row in rows for column in columns}
    return Cube(cells)


def changed(chance, cube):
    """The cube after one or two providers sent some of their weeks again, or late."""
    rows = chance.sample(cube.rows, chance.randint(1, 2))
    return Cube(
        {
            cell: int(chance.expovariate(1 / chance.choice([3, 40])))
            if cell[0] in rows and chance.random() < 0.6
            else count
            for cell, count in cube.cells.items()
        }
    )


def a_history(chance, times):
    """A cube and its later forms, each with what was shown of it."""
    cube, before = random_cube(chance), None
    for _ in range(times):
        before = control(cube, before)
        yield cube, before
        cube = changed(chance, cube)


def check(histories):
    suppressed = 0
    for history in histories:
        for cell, (least, greatest) in bounds_of(history).items():
            suppressed += 1
            assert greatest - least > 2 * PRECISION, (cell, history, least, greatest)
    return suppressed


def test_no_suppressed_cell_of_forty_cubes_can_be_bounded_within_two():
    chance = random.Random(7)  # noqa: S311 - made-up counts

    assert check(list(a_history(chance, 1)) for _ in range(40)) > 120


def test_nor_from_what_was_shown_before_and_after_late_and_corrected_days():
    chance = random.Random(5)  # noqa: S311 - made-up counts

    assert check(list(a_history(chance, 3)) for _ in range(25)) > 120


@pytest.mark.long
def test_no_suppressed_cell_of_a_thousand_cubes_can_be_bounded_within_two():
    chance = random.Random(11)  # noqa: S311 - made-up counts

    assert check(list(a_history(chance, 1)) for _ in range(1000)) > 3000


@pytest.mark.long
def test_hardly_a_cell_can_be_bounded_from_four_versions_of_a_cube():
    chance, widths = random.Random(11), []  # noqa: S311 - made-up counts
    for _ in range(300):
        found = bounds_of(list(a_history(chance, 4))).values()
        widths += [greatest - least for least, greatest in found]

    assert sum(width <= 2 * PRECISION for width in widths) * 1000 <= len(widths)


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
