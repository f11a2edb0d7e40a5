"""Gains against 20-digit values (mpmath) and closed forms."""

import math

import pytest

from numerics.initialization import initialization
from numerics.result import load
from theory.errors import InputError

GAINS = [  # 1/E phi^2, 1/E phi'^2, chi_1 at the variance gain, all at q = 1
    ("tanh", 2.5361754332174537542, 2.1533026489027900328, 1.1778072323),
    ("erf", 2.1525788606075985466, 1.7562036827601815983, 1.22570000379),
    ("elu", 1.5505188080679272109, 1.4967774354352865829, 1.0359047186),
    ("gelu", 2.3517156140733729476, 2.1936999035323951899, 1.07203159844),
    ("silu", 2.810761124074471056, 2.6351686598789624287, 1.06663424124),
    ("mish", 2.2107157299379891722, 2.087317681972859278, 1.0591180006),
    ("sin", 2.3130352854993313036, 1.7615941559557648881, 1.3130352855),
    ("softsign", 5.4640622236455199213, 4.3922963608227954515, 1.24401037061),
    ("sigmoid", 3.4085598416231029829, 22.303386053025268829, 0.152827011716),
    ("softplus", 1.0854865029883434179, 3.4085598416231029829, 0.318458983684),
]


@pytest.mark.parametrize(("phi", "variance", "gradient", "chi_1"), GAINS)
def test_gains(phi, variance, gradient, chi_1):
    found = initialization(phi)
    assert abs(found.variance_preserving / variance - 1) < 3e-15
    assert abs(found.gradient_preserving / gradient - 1) < 3e-15
    assert abs(found.chi_1 - chi_1) < 1e-10
    assert abs(found.gain - math.sqrt(variance)) < 1e-14


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3])
def test_he_initialization(slope):
    """max(x, 0) + a min(x, 0): sigma_w2 = 2/(1 + a^2) for both, at every q."""
    found = initialization(f"max(x,0)+{slope}*min(x,0)", q=3.7)
    assert abs(found.variance_preserving * (1 + slope**2) / 2 - 1) < 2e-15
    assert "same sigma_w2" in found.reasons[0]


def test_unstable_edge_is_said():
    assert any("repels" in reason for reason in initialization("gelu").reasons)
    assert any("attracts" in reason for reason in initialization("tanh").reasons)
    assert initialization("sigmoid").edge_of_chaos is None


def test_step_has_no_gradient_gain():
    found = initialization("sign")
    assert found.gradient_preserving is None
    assert found.variance_preserving == pytest.approx(1)
    assert "none" in str(found)
    assert r"\toprule" in found.latex()


def test_saved(tmp_path):
    found = initialization("gelu")
    assert load(found.save(tmp_path / "init.npz")) == found
    assert found.to_dict()["variance_preserving"] == found.variance_preserving


@pytest.mark.parametrize("q", [0, -1, math.nan, "one"])
def test_bad_variance(q):
    with pytest.raises(InputError):
        initialization("tanh", q=q)


def test_a_constant_has_at_most_a_variance_gain():
    zero, three = initialization("0"), initialization("3", q=4.5)
    assert zero.gain is None
    assert zero.gradient_gain is None
    assert zero.edge_of_chaos is None
    assert three.variance_preserving == 0.5
    assert three.gradient_gain is None
    assert any("the activation is constant" in reason for reason in three.reasons)
