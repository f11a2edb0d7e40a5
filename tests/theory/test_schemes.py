"""The usual initializations: gains derived from expectations, against the papers' numbers."""

import pytest
import sympy as sp

from theory.errors import InputError
from theory.mean_field import MeanField
from theory.schemes import fan_in, fan_out, schemes
from theory.symbols import q


@pytest.fixture(scope="module")
def usual():
    return schemes()


@pytest.mark.parametrize(
    ("name", "gain", "variance"),
    [
        ("LeCun", 1, 1 / fan_in),
        ("Glorot", 1, 2 / (fan_in + fan_out)),
        ("He", 2, 2 / fan_in),
        ("He (fan_out)", 2, 2 / fan_out),
        ("orthogonal", 1, 1 / fan_in),
    ],
)
def test_published_gains_follow_from_expectations(usual, name, gain, variance):
    row = usual[name]
    assert row.sigma_w2 == gain
    assert sp.simplify(row.weight_variance - variance) == 0
    assert row.forward == 1
    assert row.backward == 1


def test_self_normalising_networks_keep_mean_and_variance(usual):
    row = usual["self-normalising"]
    assert abs(row.sigma_w2.evalf() - 1) < 1e-9
    assert abs(row.backward.evalf() - 1.0715749) < 1e-6


def test_the_edge_of_chaos_of_tanh(usual):
    row = usual["edge of chaos"]
    slope = MeanField("tanh").slope_moment.subs(q, 1)
    assert abs(row.sigma_w2.evalf(15) * slope.evalf(15) - 1) < 1e-13
    assert abs(row.forward.evalf(15) - 1) < 1e-13
    assert abs(row.backward.evalf(15) - 1) < 1e-13


def test_gaussian_pairs_keep_the_law_for_every_exponent(usual):
    row = usual["Gaussian pair"]
    (theta,) = row.sigma_w2.free_symbols
    assert sp.simplify(row.sigma_w2 - sp.gamma(1 + 2 / theta)) == 0


@pytest.mark.parametrize("text", ["x", "relu", "max(x, 0) - max(-x, 0)/4", "erf(x/sqrt(2))"])
def test_every_row_does_what_it_says(text):
    table = schemes(text)
    assert table["variance"].forward.evalf(20) == pytest.approx(1, abs=1e-15)
    assert table["gradient"].backward.evalf(20) == pytest.approx(1, abs=1e-15)
    edge = table["edge of chaos"]
    if edge.sigma_w2 is not None:
        assert edge.sigma_b2.evalf() >= 0
        assert edge.forward.evalf(20) == pytest.approx(1, abs=1e-15)


def test_rows_without_a_solution_say_why():
    table = schemes("sign(x)")
    assert table["gradient"].sigma_w2 is None
    assert "infinite" in table["gradient"].note
    assert "phi - E phi" in schemes("relu")["self-normalising"].note
    assert "No" not in table["variance"].note
    assert table["variance"].sigma_w2 == 1
    assert schemes("relu")["Gaussian pair"].sigma_w2 is None


def test_presentation(usual):
    assert str(usual).splitlines()[0].startswith("scheme")
    assert r"\begin{tabular}" in usual.latex()
    assert "<td>Glorot</td>" in usual._repr_html_()
    assert len(usual) == len(list(usual))
    assert usual[0].name == "LeCun"
    with pytest.raises(InputError, match="no scheme"):
        usual["Xavier"]
    with pytest.raises(InputError, match="must be positive"):
        schemes("tanh", q=0)
