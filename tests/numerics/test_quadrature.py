"""Quadrature rules against exact Gaussian moments; each check also fails on a damaged rule."""

import numpy as np
import pytest

from numerics import quadrature
from numerics.quadrature import edges, half_lines, panel_nodes, panels, trapezoid

REACH = np.full(1, quadrature.REACH)


def total(nodes, f, s=1.0, m=0.0):
    return np.sum(nodes.w * np.exp(-(nodes.z**2) / 2) * f(m + s * nodes.z))


def half_line_values(f, s, ends="regular"):
    """The rules of step 2/7, 1/7 and 1/14, both half lines together."""
    groups = [0.0, 0.0, 0.0]
    for nodes in half_lines(np.array([s]), REACH, ends):
        if nodes.group < 3:
            groups[nodes.group] += total(nodes, f, s)
    return 4 * groups[0], 2 * (groups[0] + groups[1]), sum(groups)


@pytest.mark.parametrize("s", [1e-3, 0.3, 1.0, 10.0, 1e2])
@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (lambda x: np.ones_like(x), lambda s: 1.0),
        (lambda x: x**2, lambda s: s**2),
        (lambda x: np.maximum(x, 0.0), lambda s: s / np.sqrt(2 * np.pi)),
        (lambda x: np.exp(-(x**2) / 2), lambda s: 1 / np.sqrt(1 + s**2)),
        (lambda x: np.sign(x) * np.sqrt(abs(x)) + x**2, lambda s: s**2),
    ],
    ids=["1", "x^2", "relu", "gauss", "root"],
)
def test_half_lines_resolve_every_scale(f, exact, s):
    coarse, middle, fine = half_line_values(f, s)
    assert fine == pytest.approx(exact(s), rel=1e-14)
    assert abs(middle - fine) <= 1e-6 * abs(fine)
    assert abs(coarse - fine) > abs(middle - fine)  # nested rules converge


@pytest.mark.parametrize("power", [0.5, 0.9])
def test_half_lines_integrate_singularities_at_zero(power):
    from math import gamma, pi, sqrt

    exact = 2 ** (-power / 2) * gamma((1 - power) / 2) / sqrt(pi)
    value = half_line_values(lambda x: np.abs(x) ** -power, 1.0, "singular")[2]
    assert value == pytest.approx(exact, rel=1e-13)


def test_segments_of_many_scales_are_separate():
    scales = np.array([0.1, 1.0, 50.0])
    for nodes in half_lines(scales, np.full(3, quadrature.REACH)):
        assert len(nodes.start) == 4
        assert nodes.start[-1] == len(nodes.z) == len(nodes.w)
    (alone,) = (n for n in half_lines(scales[2:], REACH) if (n.group, n.place) == (2, 1))
    (every,) = (
        n for n in half_lines(scales, np.full(3, quadrature.REACH)) if (n.group, n.place) == (2, 1)
    )
    last = slice(every.start[2], None)
    np.testing.assert_array_equal(every.z[last][every.w[last] > 0], alone.z[alone.w > 0])


@pytest.mark.parametrize(
    ("m", "s"), [(0.0, 1e-3), (0.0, 1.0), (0.0, 1e2), (1.5, 2.0), (-3.0, 0.1)]
)
def test_panels_split_at_breakpoints(m, s):
    """hardtanh: pieces -1, x, 1 between the places -1 and 1."""
    from math import erf, exp, pi, sqrt

    def cdf(t):
        return (1 + erf(t / sqrt(2))) / 2

    def density(t):
        return exp(-t * t / 2) / sqrt(2 * pi)

    low, high = (-1 - m) / s, (1 - m) / s
    inner = m * (cdf(high) - cdf(low)) - s * (density(high) - density(low))
    exact = (1 - cdf(high)) - cdf(low) + inner
    pieces = [lambda x: -np.ones_like(x), lambda x: x, lambda x: np.ones_like(x)]
    sums = np.zeros(2)
    for nodes in panels(np.array([m]), np.array([s]), np.array([-1.0, 1.0]), REACH):
        if nodes.group < 2:
            sums[nodes.group] += total(nodes, pieces[nodes.place], s, m)
    np.testing.assert_allclose(sums, exact, atol=3e-15)
    unsplit = sum(
        total(nodes, lambda x: np.clip(x, -1, 1), s, m)
        for nodes in panels(np.array([m]), np.array([s]), np.array([0.3]), REACH)
        if nodes.group == 1
    )
    assert abs(unsplit - exact) < 1e-2  # the places only matter for accuracy


def test_edges_contain_breakpoints_and_ascend():
    places = np.array([-3.0, 3.0])
    rows = edges(np.array([0.0, 0.5]), np.array([1.0, 20.0]), places, np.full(2, 11.5))
    assert np.all(np.diff(rows, axis=1) >= 0)
    for row, m, s in zip(rows, (0.0, 0.5), (1.0, 20.0), strict=True):
        for place in (*places, 0.0):
            assert np.min(np.abs(row - (place - m) / s)) < 1e-14
        assert (row[0], row[-1]) == (-11.5, 11.5)


def test_panel_nodes_integrate_polynomials_exactly():
    z, w = panel_nodes(np.array([0.0, -1.0]), np.array([2.0, 3.0]), 12)
    weights = w * np.sqrt(2 * np.pi)
    np.testing.assert_allclose((weights * z**5).sum(axis=1), [64 / 6, (3**6 - 1) / 6], rtol=1e-14)


def test_trapezoid_is_exponentially_accurate_for_oscillations():
    errors = []
    for level in range(8):
        nodes = trapezoid(level, REACH)
        errors.append(abs(total(nodes, lambda x: np.sin(x) ** 2, 10.0) - 0.5))
    assert errors[-1] < 1e-15
    assert max(errors[:4]) > 1e-3


def test_trapezoid_steps_do_not_share_aliases():
    """At s = 2 pi/h every node of a rule sees sin = const; no other step does."""
    h = quadrature.FIRST_STEP * quadrature.STEP_RATIO**3
    s = np.pi / h
    values = [total(trapezoid(k, REACH), lambda x: np.sin(x) ** 2, s) for k in (2, 3, 4, 8)]
    assert abs(values[1] - 0.5) > 1e-3
    assert abs(values[1] - values[2]) > 1e-3
    assert values[3] == pytest.approx(0.5, abs=1e-15)
