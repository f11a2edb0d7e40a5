"""The log-variance table against the moments it was made from and closed forms."""

import numpy as np
import pytest

from numerics.numeric_activation import numeric_activation
from numerics.table import moment_table


@pytest.mark.parametrize("phi", ["tanh", "gelu", "elu", "hardtanh", "relu", "x*erf(x)"])
def test_table_reproduces_the_moments(phi):
    activation = numeric_activation(phi)
    table = moment_table(activation)
    q = np.exp(np.random.default_rng(0).uniform(-18, 11, 200))
    assert np.abs(table.W(q) / activation.W(q) - 1).max() < 2e-14
    assert np.abs(table.D(q) / activation.D(q) - 1).max() < 2e-14
    scale = np.maximum(np.abs(activation.S(q)), activation.W(q) / q)
    assert (np.abs(table.S(q) - activation.S(q)) < 1e-13 * scale).all()


def test_turns_of_gelu():
    """V'' of GELU changes sign once: S rises to one maximum and falls to 1/2."""
    table = moment_table(numeric_activation("gelu"))
    assert len(table.turns) == 3
    top = np.exp(table.turns[1])
    beside = table.S(top * np.array([0.9, 1.0, 1.1]))
    assert beside[1] > beside[0]
    assert beside[1] > beside[2]


@pytest.mark.parametrize("phi", ["tanh", "relu", "sin", "sigmoid", "step"])
def test_monotone_slopes_have_no_spurious_turns(phi):
    assert len(moment_table(numeric_activation(phi)).turns) == 2


def test_range_is_cut_where_moments_overflow():
    """E e^{2x} = e^{2q} leaves the floats at q = 354."""
    table = moment_table(numeric_activation("exp"))
    assert 100 < table.q_range[1] < 355
    assert abs(table.W(np.array([3.0]))[0] / np.exp(6.0) - 1) < 1e-13
