"""Where an edge of chaos exists and attracts, against quadratures and series of their own."""

import matplotlib
import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from numerics.edge_range import edge_of_chaos_range
from numerics.result import load
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.symbols import q

matplotlib.use("Agg")


def layer(name, kappa=0, skip=0):
    return MeanField(name, weight_correlation=kappa, skip=skip)


def softplus_least(variance):
    """kappa_min of softplus by the trapezoidal rule."""
    nodes = [mp.mpf(k) / 16 for k in range(-160, 161)]
    weights = [mp.npdf(z) / 16 for z in nodes]
    u = [mp.sqrt(variance) * z for z in nodes]
    phi = [mp.log1p(mp.exp(-abs(v))) + max(v, 0) for v in u]
    slope = [1 / (1 + mp.exp(-v)) for v in u]
    mean, second = (mp.fdot(weights, [f**k for f in phi]) for k in (1, 2))
    return (second - variance * mp.fdot(weights, [d * d for d in slope])) / mean**2


def test_softplus_gains_an_edge(tmp_path):
    """None for independent weights; all q at kappa = 1; large q, q > 20.01..., at kappa = 1/2."""
    none, half, whole = (edge_of_chaos_range(layer("softplus", k)) for k in (0, 0.5, 1))
    assert len(none.admissible) == len(none.attracting) == 0
    ((start, _),) = half.attracting
    assert abs(softplus_least(mp.mpf(start)) - 0.5) < 1e-9
    ((low, high),) = whole.attracting
    assert low < 1e-3 < 1e5 < high
    # whatever kappa the layer has, the least one is the same; kappa_min falls towards q -> oo
    assert none.least_correlation == half.least_correlation == whole.least_correlation
    assert "at the end of what is resolved" in none.statement
    back = load(half.save(tmp_path / "half.npz"))
    assert np.array_equal(back.attracting, half.attracting)
    axes = half.plot()
    assert len(axes.lines) == 2
    matplotlib.pyplot.close(axes.figure)


def test_gelu_attracts_from_a_variance_on():
    """kappa_s(q) = 0 in closed form at (sqrt(17) + 3)/2: d/dq E phi^2 = E phi'^2 there."""
    found = edge_of_chaos_range("gelu")
    ((start, _),) = found.attracting
    critical = layer("gelu", "kappa").critical_weight_correlation
    assert abs(critical.subs(q, sp.Rational(start)).evalf(20)) < 1e-11
    assert start == pytest.approx((3 + 17**0.5) / 2, rel=1e-11)
    # the minimum of max(kappa_min, kappa_s) over q
    place = sp.Float(found.least_attracting_q, 30)
    values = [
        max(layer("gelu").least_weight_correlation.subs(q, p), critical.subs(q, p)).evalf(20)
        for p in (place * sp.Float("0.99", 30), place, place * sp.Float("1.01", 30))
    ]
    assert values[1] == min(values)
    assert found.least_attracting == pytest.approx(float(values[1]), abs=1e-10)


def test_a_skip_changes_no_interval_but_the_variances():
    plain, skipped = (edge_of_chaos_range(layer("gelu", "1/2", s)) for s in (0, "1/2"))
    assert skipped.attracting == pytest.approx(plain.attracting, rel=1e-9)
    assert skipped.sigma_w2[-1] == pytest.approx(0.75 * plain.sigma_w2[-1], rel=1e-9)


def test_what_has_no_range():
    relu = [edge_of_chaos_range(layer("relu", k)) for k in (-1, 0, 0.5)]
    assert [len(r.admissible) for r in relu] == [0, 1, 1]
    assert [len(r.attracting) for r in relu] == [0, 0, 1]
    assert {r.least_correlation for r in relu} == {0.0}
    assert "no effect" in edge_of_chaos_range("tanh").statement
    assert edge_of_chaos_range("tanh").least_correlation is None
    for model, reason in (
        (layer("erf", 0, 2), "= 2 >= 1"),
        ("step", "no sigma_w2"),
        ("3", "no s"),
    ):
        assert reason in edge_of_chaos_range(model).statement
    with pytest.raises(InputError, match="kappa has no value"):
        edge_of_chaos_range(layer("gelu", "kappa"))
