"""The compiled loops over centres, against quadrature in high precision."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.special import ndtri_exp

from numerics.guessing.rival_kernel import fractions_of, lattice_step, share_curves
from numerics.guessing.rival_points import rivals


def trapezoid(f, start, end):
    count = int(16 * (end - start))
    return mp.fsum(f(start + mp.mpf(i) / 16) for i in range(count + 1)) / 16


def share(centres, k):
    """G_k by the trapezoidal rule in 30 digits."""
    with mp.workdps(30):
        cdf = lambda t: mp.erfc(-t / mp.sqrt(2)) / 2  # noqa: E731
        others = [m for j, m in enumerate(centres) if j != k]
        f = lambda y: mp.npdf(y - centres[k]) * mp.fprod(cdf(y - m) for m in others)  # noqa: E731
        return float(trapezoid(f, min(centres) - 12, max(centres) + 12))


@pytest.mark.parametrize("centres", [(0.0, 1.0, 3.0), (-8.0, 4.0, 3.5, -20.0, 0.0)])
def test_each_fraction_has_its_own_digits(centres):
    found = fractions_of(np.array([centres]), len(centres))[0]
    exact = [share(centres, k) for k in range(len(centres))]
    assert found == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("classes", [3, 10, 300, 1000])
def test_fractions_sum_to_one(classes):
    centres = np.random.default_rng(0).standard_normal((20, classes))
    assert fractions_of(centres, classes).sum(axis=1) == pytest.approx(np.ones(20), rel=1e-13)
    even = fractions_of(np.zeros((1, classes)), classes)
    assert even == pytest.approx(np.full((1, classes), 1 / classes), rel=1e-11)


@pytest.mark.parametrize("place", [-54.0, -16.5, 0.3])
def test_curves_down_to_the_least_floats(place):
    gaps = np.array([[0.0, 0.7, 4.0]])
    w, slope, bend = share_curves(gaps, np.array([place - 1e-3, place, place + 1e-3]), 1 / 4)
    with mp.workdps(30):
        cdf = lambda t: mp.erfc(-t / mp.sqrt(2)) / 2  # noqa: E731
        f = lambda y: mp.npdf(y - place) * mp.fprod(cdf(y + g) for g in gaps[0])  # noqa: E731
        exact = float(mp.log(trapezoid(f, place - 12, 14)))
    assert w[0, 1] == pytest.approx(ndtri_exp(exact), rel=1e-13)
    assert slope[0, 1] == pytest.approx((w[0, 2] - w[0, 0]) / 2e-3, rel=1e-7)
    assert bend[0, 1] == pytest.approx((slope[0, 2] - slope[0, 0]) / 2e-3, rel=1e-4, abs=1e-9)


def test_rivals_have_the_covariance_of_a_centred_sample():
    found = rivals(5, False, 4096, 1, 0)
    centred = found.top[:, None] - found.gaps
    assert centred.sum(axis=1) == pytest.approx(np.zeros(4096), abs=1e-12)
    assert np.cov(centred.T) == pytest.approx(np.eye(4) - 0.25, abs=0.02)
    of_winner = rivals(5, True, 4096, 1, 0)
    # where the winner stands, given its rivals: above the highest, and P(class 1 wins) = 1/K
    bar = of_winner.top / math.sqrt(5 / 4)
    assert (of_winner.gaps.min(axis=1) == 0).all()
    assert bar.mean() > (found.top / math.sqrt(5 / 4)).mean() - 0.5
    assert lattice_step(5) >= lattice_step(500)
