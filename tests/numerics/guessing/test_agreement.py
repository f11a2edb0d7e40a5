"""The agreement of two inputs and the mean of the largest fraction, against independent routes."""

import math

import numpy as np
import pytest
from scipy import stats

from numerics.guessing.agreement import (
    agreement,
    disagreement,
    excess_agreement,
    expected_largest,
)
from numerics.guessing.drift_ratio import drift_ratio


def three(c):
    """Three classes in closed form."""
    return 1 / 3 + 3 / (4 * math.pi**2) * (math.acos(-c) ** 2 - math.acos(c / 2) ** 2)


@pytest.mark.parametrize("c", [0.0, 0.2, 0.4999, 0.5, 0.9, 0.999])
def test_three_classes_in_closed_form(c):
    ratio = drift_ratio(c=c)
    assert agreement(ratio, 3) == pytest.approx(three(c), abs=1e-14)
    assert disagreement(ratio, 3) == pytest.approx(1 - three(c), abs=1e-14)


@pytest.mark.parametrize(
    ("classes", "values", "digits"),
    [
        (3, (0.407635802263, 0.534637820240, 0.790818244769), 1e-12),
        (4, (0.32506869, 0.46009534, 0.75032684), 1e-8),
        (10, (0.1612796, 0.2938099, 0.6459340), 1e-7),
    ],
)
def test_published_agreement(classes, values, digits):
    found = agreement(drift_ratio(c=np.array([0.2, 0.5, 0.9])), classes)
    assert found == pytest.approx(values, abs=digits)


@pytest.mark.parametrize(("classes", "c"), [(10, 0.2), (10, 0.9), (4, 0.5)])
def test_against_a_double_integral(classes, c):
    """K int int phi_2 Phi_2^(K-1) on a grid, with SciPy's bivariate distribution function."""
    grid = np.arange(-6.0, 6.01, 0.2)
    points = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    law = stats.multivariate_normal([0, 0], [[1, c], [c, 1]])
    integrand = law.pdf(points) * law.cdf(points) ** (classes - 1)
    assert classes * 0.04 * integrand.sum() == pytest.approx(
        agreement(drift_ratio(c=c), classes), abs=2e-7
    )


@pytest.mark.parametrize("classes", [3, 10, 1000])
def test_limits(classes):
    """1/K + c m^2/(K - 1) at small c, m the mean of the largest of K normals; sqrt(1 - c) at 1."""
    z = np.linspace(-9, 9, 20_001)
    weight = stats.norm.pdf(z) * stats.norm.cdf(z) ** (classes - 1)
    mean = classes * (z[1] - z[0]) * (z * weight).sum()
    small, large = drift_ratio(gamma=1e-200), drift_ratio(gamma=1e200)
    assert excess_agreement(small, classes) == pytest.approx(
        1e-200 * mean**2 / (classes - 1), rel=1e-9
    )
    assert expected_largest(small, classes)[2] == pytest.approx(
        1e-100 * mean**2 / (classes - 1), rel=1e-9
    )
    # disagreement sqrt(1 - c): the density of a tie of the two largest, times E|N(0, 4)|
    tie = classes * (classes - 1) / 2 * (z[1] - z[0])
    tie *= (stats.norm.pdf(z) ** 2 * stats.norm.cdf(z) ** (classes - 2)).sum()
    gap = 2 * math.sqrt(2 / math.pi) * tie * 1e-100
    assert disagreement(large, classes) == pytest.approx(gap, rel=1e-9)
    assert agreement(drift_ratio(gamma=0), classes) == pytest.approx(1 / classes, rel=1e-15)
    assert agreement(drift_ratio(gamma=math.inf), classes) == 1.0


@pytest.mark.parametrize("classes", [3, 10, 1000])
def test_both_routes_meet_in_the_middle(classes):
    """The integral of the derivative up to c = 1/2, and the disagreement there."""
    below, above = drift_ratio(c=np.nextafter(0.5, 0)), drift_ratio(c=0.5)
    assert agreement(below, classes) == pytest.approx(agreement(above, classes), rel=1e-12)


@pytest.mark.parametrize("gamma", [0.05, 1.0, 10.0])
def test_the_largest_of_two(gamma):
    mean, rest, excess = expected_largest(drift_ratio(gamma=gamma), 2)
    assert mean == pytest.approx(0.5 + math.atan(math.sqrt(gamma)) / math.pi, rel=1e-14)
    assert (rest, excess) == pytest.approx((1 - mean, mean - 0.5), rel=1e-13)
