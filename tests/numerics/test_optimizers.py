"""Steps along constant and alternating gradients, where their sizes are known."""

import numpy as np
import pytest

from numerics.optimizers import stepper


def moved(optimizer, gradients, rate=0.1):
    place, step = np.zeros(2), stepper(optimizer, rate)
    for gradient in gradients:
        step(place, np.array(gradient))
    return place


def test_plain_steps_add_up():
    assert moved("sgd", [(1.0, -2.0), (3.0, 0.5)]) == pytest.approx([-0.4, 0.15])


def test_momentum_keeps_nine_tenths():
    assert moved("momentum", [(1.0, 2.0)] * 3) == pytest.approx(-0.1 * 5.61 * np.array([1, 2]))


def test_adam_moves_by_its_rate_whatever_the_size_of_a_constant_gradient():
    assert moved("adam", [(1e-3, -1e6)] * 7) == pytest.approx([-0.7, 0.7], rel=2e-5)


def test_adam_on_two_gradients_as_published():
    # Kingma & Ba 2015, algorithm 1, by hand for gradients 1 and 3
    m, v = (0.9 * 0.1 + 0.1 * 3) / (1 - 0.81), (0.999 * 1e-3 + 1e-3 * 9) / (1 - 0.999**2)
    expected = -0.1 - 0.1 * m / np.sqrt(v)
    assert moved("adam", [(1.0, 0.0), (3.0, 0.0)]) == pytest.approx([expected, 0], rel=1e-6)


def test_arrays_under_different_keys_have_their_own_state():
    one, other, step = np.zeros(1), np.zeros(1), stepper("momentum", 1.0)
    step(one, np.ones(1), "one")
    step(other, np.ones(1), "other")
    step(one, np.ones(1), "one")
    assert (one[0], other[0]) == pytest.approx((-2.9, -1.0))
