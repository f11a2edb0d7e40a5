"""The rules of the usual initializations, each an equation between expectations.

A rule takes ``moments(home)``: the expectations of the activation in question, or of ``home``, the
activation that the rule was made for, if none is in question.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .activation import Activation, as_activation
from .equation import closed
from .errors import InitheoryError
from .gaussian import E, GaussianExpectation
from .mean_field import MeanField
from .scheme_table import Scheme, fan_in, fan_out, short
from .symbols import q as q_symbol

__all__ = ["RULES", "Moments"]


@dataclass(frozen=True)
class Moments:
    """E phi, E phi^2 and E phi'^2 of an activation at variance q."""

    phi: Activation
    q: sp.Expr

    @property
    def name(self):
        return self.phi.name

    @cached_property
    def mean(self):
        return closed(E(self.phi, self.q))

    @cached_property
    def second(self):
        return closed(MeanField(self.phi).second_moment.subs(q_symbol, self.q))

    @cached_property
    def slope(self):
        value = MeanField(self.phi).slope_moment
        return value if value is sp.oo else closed(value.subs(q_symbol, self.q))

    @property
    def by_variance(self):
        """The sigma_w2 with V(q) = q and no bias, or None."""
        return None if self.second.is_zero else _simple(self.q / self.second)

    @property
    def by_gradient(self):
        """The sigma_w2 with chi_1 = 1, or None."""
        slope = self.slope
        return None if slope is sp.oo or slope.is_zero else _simple(1 / slope)

    def scheme(self, name, preserves, equation, gain, bias, source, variance=None, note=""):
        """The row of a rule with this sigma_w2."""
        forward = backward = None
        if gain is not None:
            bias = sp.S.Zero if bias is None else bias
            variance = gain / fan_in if variance is None else variance
            forward = _simple((bias + gain * self.second) / self.q)
            backward = sp.oo if self.slope is sp.oo else _simple(gain * self.slope)
        return Scheme(
            name,
            self.name,
            preserves,
            equation,
            gain,
            bias,
            variance,
            forward,
            backward,
            source,
            note,
        )


#: What the first rules were derived for: a network without a nonlinearity.
_LINEAR = "x"


def _lecun(moments):
    own = moments(_LINEAR)
    gain = Moments(as_activation(_LINEAR), own.q).by_variance
    return own.scheme(
        "LeCun",
        "variance of a linear network",
        "Var W = 1/fan_in: V(q) = q for phi = x",
        gain,
        None,
        "LeCun et al. 1998",
    )


def _glorot(moments):
    own = moments(_LINEAR)
    linear = Moments(as_activation(_LINEAR), own.q)
    # forward asks for 1/fan_in, backward for 1/fan_out: their harmonic mean
    forward, backward = linear.by_variance / fan_in, linear.by_gradient / fan_out
    return own.scheme(
        "Glorot",
        "mean of variance and gradient of a linear network",
        "the harmonic mean of 1/fan_in (V(q) = q) and 1/fan_out (chi_1 = 1) for phi = x",
        sp.S.One,
        None,
        "Glorot & Bengio 2010",
        _simple(2 / (1 / forward + 1 / backward)),
        "sigma_w2 = 1 for equal fans",
    )


def _he(moments):
    own = moments("relu")
    gain = Moments(as_activation("relu"), own.q).by_variance
    return own.scheme(
        "He",
        "second moment of a ReLU network",
        "V(q) = q for phi = max(x, 0)",
        gain,
        None,
        "He et al. 2015, eq. 10",
    )


def _he_backward(moments):
    own = moments("relu")
    gain = Moments(as_activation("relu"), own.q).by_gradient
    return own.scheme(
        "He (fan_out)",
        "gradient of a ReLU network",
        "chi_1 = 1 for phi = max(x, 0), fan_out in place of fan_in",
        gain,
        None,
        "He et al. 2015, eq. 14",
        gain / fan_out,
    )


def _forward(moments):
    own = moments("relu")
    note = "" if own.by_variance is not None else "E phi^2 = 0"
    return own.scheme(
        "variance",
        "second moment",
        "V(q) = q: sigma_w2 = q/E phi^2",
        own.by_variance,
        None,
        "He et al. 2015 for any activation",
        note=note,
    )


def _backward(moments):
    own = moments("relu")
    return own.scheme(
        "gradient",
        "mean squared gradient",
        "chi_1 = 1: sigma_w2 = 1/E phi'^2",
        own.by_gradient,
        None,
        "He et al. 2015 for any activation",
        note="" if own.by_gradient is not None else "E phi'^2 is 0 or infinite",
    )


def _orthogonal(moments):
    own = moments(_LINEAR)
    gain = Moments(as_activation(_LINEAR), own.q).by_variance
    isometric = own.phi.derivative_expr(1) ** 2
    note = (
        "every singular value of the Jacobian is 1, at any width"
        if isometric.is_number and isometric == 1
        else "exact for phi = x; here phi'^2 spreads the singular values"
    )
    return own.scheme(
        "orthogonal",
        "all singular values of a linear network",
        "W W^T = sigma_w2 I: the spectrum of J J^T is {1} for phi = x",
        gain,
        None,
        "Saxe et al. 2014",
        note=note,
    )


def _edge(moments):
    own = moments("tanh")
    gain, bias, note = own.by_gradient, None, ""
    if gain is None:
        note = "E phi'^2 is 0 or infinite"
    else:
        bias = _simple(own.q - gain * own.second)
        if bias.is_negative or (bias.is_number and sp.N(bias) < -sp.Float("1e-12")):
            gain, bias = None, None
            note = f"V(q) > q at chi_1 = 1: no edge of chaos with q = {own.q}"
    return own.scheme(
        "edge of chaos",
        "variance and gradient",
        "V(q) = q and chi_1 = 1",
        gain,
        bias,
        "Schoenholz et al. 2017",
        note=note,
    )


def _self_normalising(moments):
    own = moments("selu")
    gain = own.by_variance
    mean = own.mean
    centred = abs(sp.N(mean)) < 1e-9 if mean.is_number else mean.is_zero
    note = "" if centred else f"E phi = {short(mean)}, not 0: use phi - E phi"
    if not centred and gain is not None:
        spread = own.second - mean**2
        note += f" with sigma_w2 = {short(own.q / spread)}"
    return own.scheme(
        "self-normalising",
        "mean and variance of the activations",
        "E phi = 0 and sigma_w2 E phi^2 = q",
        gain if centred else None,
        None,
        "Klambauer et al. 2017",
        note=note,
    )


def _gaussian_pair(moments):
    from .gaussian_pair import GaussianPair

    name = "Gaussian pair"
    preserves, equation = "the whole law N(0, 1)", "W phi(X) = X in law"
    source = "Wolinski & Arbel 2022"
    own = moments()
    if own is None:
        from .weights import Weibull

        theta = sp.Symbol("theta", positive=True)
        gain = Weibull(theta).variance
        note = "symmetric Weibull weights, theta >= 2; chi_1 >= 1"
        title = "phi_theta"
        return Scheme(
            name, title, preserves, equation, gain, sp.S.Zero, gain / fan_in, sp.S.One, None,
            source, note,
        )  # fmt: skip
    try:
        pair = GaussianPair(activation=own.phi)
        gain = pair.weights.variance if pair.exists else None
        note = f"weights {pair.weights}" if pair.exists else pair.reason
    except InitheoryError as error:
        gain, note = None, str(error)
    return own.scheme(name, preserves, equation, gain, None, source, note=note)


RULES = (
    _lecun,
    _glorot,
    _he,
    _he_backward,
    _forward,
    _backward,
    _orthogonal,
    _edge,
    _self_normalising,
    _gaussian_pair,
)


def _simple(value):
    """Simplified unless an expectation stays inside."""
    return value if value.has(GaussianExpectation) else sp.simplify(value)
