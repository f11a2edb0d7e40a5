r"""One wide layer under randomised asymmetric initialization: its values are not normal.

With s = E phi(y)^2 and m = E phi(y) of the layer below, every row of [W, b] normal but for one
entry v > 0 at a random place (:class:`~theory.matrix_laws.asymmetric.Asymmetric`), and the width
tending to infinity, a neuron of the next layer is in law

    y = a Z + t,    a^2 = sigma_b2 + sigma_w2 (s - kappa m^2),    t = v phi(y_below),

with independent Z ~ N(0, 1), v of the entry law and y_below a random neuron below (Lu, Shin, Su &
Karniadakis 2019, arXiv:1903.06733, have the weights; the limit is derived here: a given row misses
one of N normal weights, which is O(1/N), and the replaced one meets one activation, whose law does
not become normal).  Two inputs share the place and v.  The first two moments of y follow from s, m
and E v^2 alone, those of phi(y) do not: the whole law of y is the state of the recursion.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..activation import Activation, as_activation
from ..equation import Equation, Equations, closed
from ..errors import InputError
from ..gaussian import E
from ..layer_options import substituted
from ..matrix_laws.asymmetric import Asymmetric
from ..matrix_laws.matrix_law import MatrixLaw
from ..matrix_laws.reader import as_matrix_law
from ..parser import exact
from ..special import Phi
from ..symbols import n, sigma_b2, sigma_w2
from .sign import nonnegative

__all__ = ["AsymmetricMaps", "a", "as_asymmetric_maps", "k", "m", "m1", "m2", "s", "t"]

#: E phi(y)^2 and E phi(y) in the layer below; for two inputs E phi phi' and both means.
s = sp.Symbol("s", positive=True)
m, m1, m2, k = sp.symbols("m m1 m2 k", real=True)
#: Deviation of the normal part of y, and the rest of y.
a = sp.Symbol("a", positive=True)
t = sp.Symbol("t", real=True)


@dataclass(frozen=True, init=False)
class AsymmetricMaps(Equations):
    """One layer of an activation and an asymmetric law of weights, as SymPy expressions.

    Parameters
    ----------
    activation
        Anything that describes an activation.
    weights
        An :class:`~theory.matrix_laws.asymmetric.Asymmetric`, also as a text such as
        "asymmetric(beta(2, 1), 1)", or the law of its positive entry;
        default: entries of the law Beta(2, 1) among independent normal ones.

    Raises
    ------
    InputError
        for other laws of weights; and what ``Activation`` raises.

    >>> maps = AsymmetricMaps("relu", Asymmetric(correlation="kappa"))
    >>> maps.second_moment
    s/2 + sigma_b2 + sigma_w2*(-kappa*m**2 + s)
    >>> maps.mean
    2*m/3
    """

    activation: Activation
    weights: Asymmetric

    def __init__(self, activation, weights=None):
        if isinstance(activation, AsymmetricMaps):
            weights = activation.weights if weights is None else weights
            activation = activation.activation
        if weights is None:
            weights = Asymmetric()
        if isinstance(weights, str):
            weights = as_matrix_law(weights)
        if isinstance(weights, MatrixLaw) and not isinstance(weights, Asymmetric):
            raise InputError(
                f"AsymmetricMaps: {weights} has no positive entry in each row; use MeanField"
            )
        elif not isinstance(weights, Asymmetric):
            weights = Asymmetric(weights)
        object.__setattr__(self, "activation", as_activation(activation))
        object.__setattr__(self, "weights", weights)

    def __repr__(self):
        name = self.activation.name or str(self.activation.expr)
        return f"AsymmetricMaps({name!r}, {self.weights})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"{self.activation} with weights {self.weights}"

    def at(self, **parameters) -> "AsymmetricMaps":
        """With values for parameters of the activation, the correlation or the entry law.

        >>> AsymmetricMaps("relu", Asymmetric(correlation="kappa")).at(kappa=1).weights
        Asymmetric(Beta(2, 1), correlation=1)
        """
        own = {symbol.name: symbol for symbol in self.weights.free_symbols}
        values = {
            own[name]: exact(value, name) for name, value in parameters.items() if name in own
        }
        rest = {name: value for name, value in parameters.items() if name not in own}
        activation = substituted((), self.activation, rest)[0] if rest else self.activation
        return AsymmetricMaps(activation, self.weights.subs(values) if values else self.weights)

    # the entry

    @property
    def entry_mean(self) -> sp.Expr:
        """E v."""
        return self.weights.entry_moment(1)

    @property
    def entry_second_moment(self) -> sp.Expr:
        """E v^2, which is not (E v)^2."""
        return self.weights.entry_moment(2)

    @property
    def entry_variance(self) -> sp.Expr:
        """Var v."""
        return self.weights.entry_variance

    # moments of the next layer

    @property
    def normal_variance(self) -> sp.Expr:
        """a^2 = sigma_b2 + sigma_w2 (s - kappa m^2), the variance of the normal part of y."""
        return sigma_b2 + sigma_w2 * (s - self.weights.correlation * m**2)

    @property
    def second_moment(self) -> sp.Expr:
        """E y^2 = a^2 + s E v^2."""
        return self.normal_variance + self.entry_second_moment * s

    @property
    def mean(self) -> sp.Expr:
        """E y = m E v."""
        return self.entry_mean * m

    @property
    def covariance(self) -> sp.Expr:
        """E y y' for two inputs with k = E phi phi' and means m1, m2: they share the entry."""
        common = self.weights.correlation * m1 * m2
        return sigma_b2 + sigma_w2 * (k - common) + self.entry_second_moment * k

    # the law given t

    @cached_property
    def conditional_mean(self) -> sp.Expr:
        """E phi(a Z + t), in closed form where there is one."""
        return closed(E(self.activation.expr, a**2, t))

    @cached_property
    def conditional_second_moment(self) -> sp.Expr:
        """E phi(a Z + t)^2, whose mean over t is s of the next layer.

        >>> AsymmetricMaps("relu").conditional_second_moment.subs(t, 0)
        a**2/2
        """
        return closed(E(self.activation.expr**2, a**2, t))

    @property
    def conditional_off(self) -> sp.Expr:
        """P(a Z + t <= 0) = Phi(-t/a)."""
        return Phi(-t / a)

    @cached_property
    def favours_positive(self) -> bool | None:
        """Whether P(y <= 0) < 1/2 in every layer, as for every phi >= 0 that is not 0.

        P(y <= 0) = E Phi(-v phi/a) and Phi(-t/a) < 1/2 for t > 0.  None if the sign of phi is not
        decided; for a phi of both signs nothing is claimed and it is False.
        """
        return nonnegative(self.activation)

    # a finite width

    def finite_second_moment(self, fan_in=n) -> sp.Expr:
        """E y^2 at the fan-in N, exact given s and m as means over the N neurons below.

        The place is the slot of the bias with probability 1/(N + 1), which v then replaces, and
        a row that has lost a weight has lost its part of the correlation too.
        """
        size, kappa, second = (
            exact(fan_in, "fan_in"),
            self.weights.correlation,
            self.entry_second_moment,
        )
        left = (1 - 1 / size) * s - kappa * ((1 - 2 / size) * m**2 + s / size**2)
        weight = sigma_b2 + sigma_w2 * left + second * s
        bias = sigma_w2 * (s - kappa * m**2) + second
        return self._over_places(weight, bias, size)

    def finite_mean(self, fan_in=n) -> sp.Expr:
        """E y at the fan-in N, exact as above: v stands alone in the slot of the bias."""
        size = exact(fan_in, "fan_in")
        return self._over_places(self.entry_mean * m, self.entry_mean, size)

    def _over_places(self, weight, bias, size):
        if not self.weights.bias_slot:
            return weight
        return (size * weight + bias) / (size + 1)

    # as a text

    @property
    def statement(self) -> str:
        """What is known and what is not, in words."""
        second = self.entry_second_moment
        text = (
            f"y = a Z + v phi(y_below) with a^2 = {self.normal_variance}, and E y^2 = a^2 + "
            f"{second} s, but y is not normal: s and m of the next layer need its whole law "
            "(asymmetric_growth, asymmetric_iteration)"
        )
        return text + "; P(y <= 0) < 1/2" if self.favours_positive else text

    def equations(self) -> tuple[Equation, ...]:
        """The moments, the law given t and the moments at a finite fan-in."""
        from .equations import asymmetric_equations

        return asymmetric_equations(self)


def as_asymmetric_maps(given) -> AsymmetricMaps:
    """AsymmetricMaps as they are; else those of an activation with the default weights."""
    return given if isinstance(given, AsymmetricMaps) else AsymmetricMaps(given)
