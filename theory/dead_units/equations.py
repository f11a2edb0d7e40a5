"""The rows of the theory of dead units: every probability with its definition as expectations."""

import sympy as sp

from ..equation import Equation
from ..errors import AssumptionError, DivergentExpectationError, UndecidedError
from ..gaussian import E2, E
from ..symbols import l, n, q, q1, q2, rho
from .networks import LayerOff

__all__ = ["dead_equations"]

_TOPIC = "mean-field"
_SINGH = "Singh & Sreejith 2021 (arXiv:2103.12499)"
_LU = "Lu et al. 2020 (arXiv:1903.06733)"


def dead_equations(dead) -> tuple[Equation, ...]:
    """The equations of a DeadUnits; a row without a value says why."""
    if dead.zeros.is_null:
        return (_row("dead_unit", "probability that a unit is off", "P_1", _LU, dead.statement),)
    return tuple(_guarded(dead, *row) for row in _ROWS)


def _guarded(dead, name, title, symbol, definition, value, source, note):
    try:
        return _row(name, title, symbol, source, note(dead), definition(dead), value(dead))
    except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
        return _row(name, title, symbol, source, str(error))


def _row(name, title, symbol, source, note, definition=None, value=None):
    return Equation(_TOPIC, name, title, symbol, definition, value, source, note)


def _pair(dead):
    indicator = dead.zeros.indicator()
    return E2(indicator, indicator, q1, q2, rho)


def _mirrored(dead):
    """The probability on x and -x with the expectations of its correlation left as they are."""
    mf = dead.mean_field
    if not dead.zeros.is_half_line or mf.skip != 0:
        raise AssumptionError(
            "it depends on the variances of layers 1 and 2 too: DeadUnits(phi).antipodal() has it"
        )
    opposite = mf.branch_kernel_at_q.subs(rho, -1)
    ratio = sp.Mul(opposite, sp.Pow(mf.branch_moment, -1, evaluate=False), evaluate=False)
    # SymPy would ask whether the ratio is 0, and fail
    return sp.Rational(1, 4) + sp.asin(ratio, evaluate=False) / (2 * sp.pi)


def _any_layer(dead):
    return LayerOff(E(dead.zeros.indicator(), q), n, l)


#: name, title, LaTeX symbol, definition, value, source, note
_ROWS = (
    (
        "dead_unit",
        "probability that a unit is off on one input",
        r"P_1",
        lambda dead: E(dead.zeros.indicator(), q),
        lambda dead: dead.one_input,
        _LU,
        lambda dead: dead.statement,
    ),
    (
        "dead_unit_pair",
        "probability that a unit is off on two inputs",
        r"P_2(\rho)",
        _pair,
        lambda dead: dead.two_inputs,
        _SINGH,
        lambda dead: "deep in the network rho is the fixed point c* of the correlation map",
    ),
    (
        "dead_unit_antipodal",
        "probability that a unit of layer 2 is off on x and -x, without biases",
        r"P_{\pm x}",
        _mirrored,
        lambda dead: dead.antipodal(),
        _SINGH,
        lambda dead: "q is the variance of pre-activations in layer 1",
    ),
    (
        "dead_network",
        "probability that one of l layers of n units is all off on one input",
        r"P_{n, \ell}",
        _any_layer,
        lambda dead: dead.layer().rewrite(sp.Pow),
        _LU,
        lambda dead: dead.conditions[1],
    ),
)
