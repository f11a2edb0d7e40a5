"""Theories made of other theories keep their layer options, or refuse to drop them."""

import pytest

from theory.curvature import Curvature
from theory.errors import InputError
from theory.mean_field import MeanField
from theory.tangent import NTK


def test_a_theory_made_of_another_keeps_its_options():
    mf = MeanField("gelu", weight_correlation="1/2", skip="1/3")
    assert MeanField(mf) == mf
    assert MeanField(mf, skip=0) == MeanField("gelu", weight_correlation="1/2")
    assert NTK(mf) == NTK("gelu", weight_correlation="1/2", skip="1/3")
    assert NTK(MeanField("gelu"), "residual").skip == 1


def test_what_takes_an_activation_alone_does_not_drop_options():
    with pytest.raises(InputError, match=r"weight_correlation = 1, which does not apply here"):
        Curvature(MeanField("tanh", weight_correlation=1))
