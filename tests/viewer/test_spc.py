import pytest

from viewer.spc import Assurance, Cause, Direction, Meaning, limits_of, read, say

STEADY = [10, 12, 11, 13, 12, 11, 10, 12, 13, 11, 12, 10]


def causes(values, **settings):
    return [point.cause for point in read(values, **settings).points]


def test_limits_are_the_mean_and_2_66_mean_moving_ranges():
    limits = limits_of([10, 12, 11, 13])

    assert limits.mean == pytest.approx(11.5)
    assert limits.upper == pytest.approx(11.5 + 2.66 * 5 / 3)
    assert limits.lower == pytest.approx(11.5 - 2.66 * 5 / 3)
    assert limits.near_upper == pytest.approx(11.5 + 2.66 * 5 / 3 * 2 / 3)


def test_screening_leaves_out_one_great_leap():
    values = [1, 2, 1, 2, 1, 2, 1, 30, 29, 30, 29, 30, 29, 30]

    assert limits_of(values, screening=True).upper < limits_of(values).upper
    assert limits_of(values, screening=True).upper == pytest.approx(sum(values) / 14 + 2.66)


def test_a_series_without_signal_is_common_cause():
    assert set(causes(STEADY)) == {Cause.COMMON}


def test_a_point_beyond_the_limit_is_special():
    assert causes([*STEADY, 40])[-1] is Cause.OUTSIDE


@pytest.mark.parametrize(("length", "flagged"), [(6, False), (7, True)])
def test_seven_rising_points_are_a_trend_and_six_are_not(length, flagged):
    values = [8, 12, 8, 12, 8, 12, 8, 12, *(8 + step / 10 for step in range(length)), 7]

    assert (Cause.TREND in causes(values)) is flagged


def test_every_point_of_a_trend_is_flagged():
    values = [8, 12, 8, 12, 8, 12, 8, 12, *(8 + step / 10 for step in range(7)), 7]

    assert causes(values)[8:15] == [Cause.TREND] * 7


@pytest.mark.parametrize(("length", "flagged"), [(6, False), (7, True)])
def test_seven_points_on_one_side_are_a_shift_and_six_are_not(length, flagged):
    low, high = [9, 11] * 8, [14, 13, 14, 13, 14, 13, 14][:length]
    values = [*low, 12.4, 9, *high]

    assert (causes(values, screening=False)[-length:] == [Cause.SHIFT] * length) is flagged


def test_two_of_three_near_a_limit_on_one_side_are_special_and_the_third_is_not():
    values = [10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 17.5, 14, 17.5, 10, 12]

    assert causes(values)[11:14] == [Cause.TWO_OF_THREE, Cause.COMMON, Cause.TWO_OF_THREE]


def test_a_point_on_the_mean_ends_a_run():
    values = [9, 11, 9, 11, 9, 11] * 3

    assert set(causes(values)) == {Cause.COMMON}


@pytest.mark.parametrize(
    ("direction", "last", "meaning"),
    [
        (Direction.UP, 40, Meaning.IMPROVING),
        (Direction.UP, -20, Meaning.CONCERNING),
        (Direction.DOWN, 40, Meaning.CONCERNING),
        (Direction.DOWN, -20, Meaning.IMPROVING),
        (Direction.NEUTRAL, 40, Meaning.NEUTRAL),
    ],
)
def test_a_signal_means_what_the_direction_says(direction, last, meaning):
    assert read([*STEADY, last], direction=direction).variation is meaning


@pytest.mark.parametrize(
    ("direction", "target", "assurance"),
    [
        (Direction.UP, 1, Assurance.PASS),
        (Direction.UP, 30, Assurance.FAIL),
        (Direction.UP, 11, Assurance.RANDOM),
        (Direction.DOWN, 1, Assurance.FAIL),
        (Direction.DOWN, 30, Assurance.PASS),
        (Direction.NEUTRAL, 30, Assurance.NO_TARGET),
        (Direction.UP, None, Assurance.NO_TARGET),
    ],
)
def test_assurance_holds_the_target_against_the_last_limits(direction, target, assurance):
    assert read(STEADY, direction=direction, target=target).assurance is assurance


def test_a_step_gives_the_later_points_limits_of_their_own():
    reading = read([*STEADY, *(value + 50 for value in STEADY)], steps=[12])

    assert {point.cause for point in reading.points} == {Cause.COMMON}
    assert reading.limits.mean == pytest.approx(reading.points[0].limits.mean + 50)


def test_one_point_says_nothing_and_few_points_say_so():
    assert read([5]) is None
    assert "on trial" in say(read([5, 6, 5]), "weeks")


def test_the_example_of_the_published_rules_comes_out_the_same():
    screened, plain = limits_of([1, 2, 3, 2], screening=True), limits_of([1, 2, 3, 2])

    assert screened == plain
    assert plain.mean == pytest.approx(2)
    assert plain.upper == pytest.approx(4.66)
