r"""Dead units: the probability that a unit of a random network is off on the inputs it sees.

A unit is off on an input where phi(y) = 0: where its pre-activation y lies in the set on which
phi vanishes identically (for ``what="slope"``: phi', and the unit does not learn).  In a wide
layer y on several inputs is Gaussian with the covariance that the maps V and C give, so

    one input:   P(y in D),   1/2 for ReLU,
    two inputs:  1/4 + asin(rho)/(2 pi) for ReLU, Phi_2 in general,
    x and -x, no biases, layer 2:
        rho = (E phi(u) phi(-u) - kappa (E phi)^2) / (E phi^2 - kappa (E phi)^2),   u ~ N(0, q),

which is -kappa/(pi - kappa) for ReLU.  As depth grows rho tends to the fixed point c* of the
correlation map: half of the units of a ReLU layer are off on both inputs where c* = 1, fewer where
correlated weights (D. Singh & G. J. Sreejith 2021, arXiv:2103.12499) keep c* < 1.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..activation import Activation
from ..equation import Equation, Equations, closed
from ..errors import AssumptionError, InputError
from ..matrix_laws.correlated import Correlated
from ..mean_field import MeanField
from ..parser import exact
from ..symbols import c, l, n, q, q1, q2, rho, sigma_b2, sigma_w2
from .conditions import conditions, layer_off
from .equations import dead_equations
from .joint_probability import joint_probability, one_probability, two_probability
from .networks import BornDead, born_dead, count
from .zero_set import ZeroSet, zero_set

__all__ = ["DeadUnits"]

_BIAS = sigma_b2
#: Longer expressions are not simplified.
_SHORT = 60


@dataclass(frozen=True, init=False)
class DeadUnits(Equations):
    """Probabilities that units are off, in the symbols q, q1, q2 (variances of y) and rho.

    Parameters
    ----------
    activation
        Anything that describes an activation, or a MeanField, whose options are then kept.
    weight_correlation
        kappa <= 1 in Cov(W_ij, W_ik) = sigma_w2/N (delta_jk - kappa/N).
    weights
        Instead, a law of the weights: of a matrix (``weights.Correlated``) or of its entries.
    what
        "value" for phi = 0, "slope" for phi' = 0.

    Raises
    ------
    InputError, AssumptionError
        for options that contradict each other or a law under which y is not Gaussian.

    >>> dead = DeadUnits("relu", weight_correlation="1/2")
    >>> dead.one_input, dead.two_inputs, dead.antipodal().evalf(12)
    (1/2, asin(rho)/(2*pi) + 1/4, 0.219692349196)
    >>> DeadUnits("max(x - 1, 0)").one_input, DeadUnits("gelu").one_input
    (Phi(1/sqrt(q)), 0)
    """

    mean_field: MeanField
    what: str

    def __init__(self, activation, *, weight_correlation=None, weights=None, what="value"):
        model = getattr(activation, "mean_field", activation)
        theory = MeanField(model, weight_correlation=weight_correlation, weights=weights)
        object.__setattr__(self, "mean_field", theory)
        object.__setattr__(self, "what", what)
        zero_set(theory.activation, what)

    def __repr__(self):
        inside = repr(self.mean_field).removeprefix("MeanField(").removesuffix(")")
        what = "" if self.what == "value" else f", what={self.what!r}"
        return f"DeadUnits({inside}{what})"

    @property
    def heading(self) -> str:
        """What the equations are about."""
        return f"dead units of {self.activation}: {self.statement}"

    @property
    def activation(self) -> Activation:
        """phi."""
        return self.mean_field.activation

    @property
    def weight_correlation(self) -> sp.Expr:
        """kappa."""
        return self.mean_field.weight_correlation

    def at(self, **parameters) -> "DeadUnits":
        """The theory with some parameters given values."""
        return DeadUnits(self.mean_field.at(**parameters), what=self.what)

    @cached_property
    def zeros(self) -> ZeroSet:
        """The intervals of pre-activations on which a unit is off."""
        return zero_set(self.activation, self.what)

    @property
    def region(self) -> sp.Set:
        """The same as a SymPy set, up to a null set."""
        return self.zeros.as_set

    @property
    def statement(self) -> str:
        """Where a unit is off, in a sentence."""
        function = "phi" if self.what == "value" else "phi'"
        if self.zeros.is_null:
            return f"{function} = 0 at isolated points at most, so no unit is ever off"
        return f"a unit is off where its pre-activation lies in {self.region}"

    # units of a wide layer

    @cached_property
    def one_input(self) -> sp.Expr:
        """P(off on one input) in the variance q of the pre-activation."""
        return one_probability(self.zeros, q)

    @cached_property
    def two_inputs(self) -> sp.Expr:
        """P(off on both of two inputs) in q1, q2 and the correlation rho.

        >>> DeadUnits("relu").two_inputs.subs(rho, 1)
        1/2
        """
        return two_probability(self.zeros, q1, q2, rho)

    def inputs(self, covariance, correlation=None) -> sp.Expr:
        """P(off on all of n inputs): the expected fraction of the units of a wide layer.

        ``covariance`` is that of the pre-activations on the inputs, n x n, or the number n of
        inputs, all of variance q and with one ``correlation``, each a number or a symbol.  Exact:
        a closed form, or an integral over one Gaussian variable that ``evalf`` evaluates.

        Raises InputError if the matrix is no covariance, UndecidedError where none of the formulas
        applies (see :mod:`theory.dead_units.joint_probability`).

        >>> relu = DeadUnits("relu")
        >>> relu.inputs(5, 0), relu.inputs(5, "1/2"), relu.inputs(5, 1)
        (1/32, 1/6, 1/2)
        >>> relu.inputs(4, "1/3").evalf(15)
        0.149737652917184
        """
        if correlation is None:
            return joint_probability(self.zeros, covariance)
        many, r = count(covariance, "the number of inputs"), exact(correlation, "correlation")
        if not many.is_Integer:
            raise InputError("the number of inputs must be a number here, not a symbol")
        if ((1 - r) * (1 + (many - 1) * r)).is_negative or (r + 1).is_negative:
            raise InputError(
                f"{many} variables cannot all have the correlation {r}: it must lie between "
                f"{-1 / (many - 1) if many > 1 else -1} and 1"
            )
        return joint_probability(
            self.zeros, q * sp.Matrix(many, many, lambda i, j: sp.S.One if i == j else r)
        )

    # depth

    def at_depth(self, depth, correlation=rho, sigma_b2=sigma_b2) -> sp.Expr:
        """P(off on both of two inputs) for a unit of layer ``depth``.

        In layer 1 both pre-activations have the variance q and this ``correlation``; the maps V
        and C lead to the later layers.  The formula grows with each layer: for numbers in many
        layers there is the verb ``dead_units``, for the limit ``deep``.

        >>> DeadUnits("relu").at_depth(1), DeadUnits("relu").at_depth(2, 0, sigma_b2=0)
        (asin(rho)/(2*pi) + 1/4, asin(1/pi)/(2*pi) + 1/4)
        """
        variance, r = self._layer(depth, correlation, sigma_b2)
        return two_probability(self.zeros, variance, variance, r)

    def antipodal(self, depth=2, sigma_b2=0) -> sp.Expr:
        """P(off on both x and -x) for a unit of layer ``depth``; q is the variance in layer 1.

        Layer 1 sees u and -u.  With biases of variance ``sigma_b2`` in all layers its correlation
        is 2 sigma_b2/q - 1.

        >>> DeadUnits("relu", weight_correlation=1).antipodal().evalf(12)
        0.172677802964
        >>> DeadUnits("relu", weight_correlation="kappa").antipodal()
        asin(kappa/(kappa - pi))/(2*pi) + 1/4
        """
        bias = exact(sigma_b2, "sigma_b2")
        return self.at_depth(depth, 2 * bias / q - 1, bias)

    @cached_property
    def deep(self) -> tuple[sp.Expr, sp.Equality]:
        """(P(off on both of two inputs) as depth grows, the equation C(c) = c of its c).

        c is the stable fixed point c* of the correlation map, at equal variances q.

        >>> probability, equation = DeadUnits("relu").deep
        >>> probability
        asin(c)/(2*pi) + 1/4
        """
        map_ = self._scale_free_map() or self.mean_field.correlation_map
        equation = sp.Eq(map_.subs(rho, c), c, evaluate=False)
        return two_probability(self.zeros, q, q, c), equation

    def _layer(self, depth, correlation, bias):
        """(variance, correlation) of the pre-activations of layer ``depth``."""
        layers = count(depth, "depth")
        if not layers.is_Integer:
            raise InputError("the depth must be a number here, not a symbol")
        if (bias := exact(bias, "sigma_b2")).is_negative:
            raise InputError(f"sigma_b2 = {bias} cannot be negative")
        variance, r = q, exact(correlation, "correlation")
        mf = self.mean_field
        free = self._scale_free_map() if bias.is_zero else None
        for _ in range(int(layers) - 1):
            if free is not None:
                r = _short(closed(free.subs(rho, r)))
                continue
            at = {q1: variance, q2: variance, rho: r}
            kernel = mf.skip**2 * r * variance + bias
            kernel += sigma_w2 * (mf.branch_kernel if variance == q else self._kernel).subs(at)
            variance = mf.variance_map.subs(_BIAS, bias).subs(q, variance)
            r = r if r == 1 else closed(kernel) / variance
        return variance, r

    @cached_property
    def _kernel(self):
        return closed(self.mean_field.branch_kernel)  # once in symbols: formulas grow fast

    def _scale_free_map(self):
        """C(rho) of a homogeneous phi without biases, free of q; None for others."""
        mf = self.mean_field
        if self.activation.homogeneity is None or mf.skip != 0:
            return None
        at_one = {q1: sp.S.One, q2: sp.S.One}
        return closed(mf.branch_kernel.subs(at_one)) / closed(mf.branch_moment.subs(q, 1))

    # networks

    def layer(self, width=n, depth=l) -> sp.Expr:
        """P(some layer among the first ``depth`` is all off on one given input), width N each.

        1 - (1 - p^N)^L with p = ``one_input``; ``conditions`` says where this is exact.

        Raises InputError for N or L < 1, and for N = 1 at kappa = 1, AssumptionError with a skip
        connection.

        >>> DeadUnits("relu").layer(3, 10).evalf(6)
        0.736924
        """
        return layer_off(self, count(width, "width"), count(depth, "depth"))

    @property
    def conditions(self) -> tuple[bool, str]:
        """(whether ``layer`` is exact at every width, why), for inputs that are not 0."""
        return conditions(self)

    def born_dead(self, width, depth, dimension=1) -> BornDead:
        """Bounds on the probability that the network is 0 on every input, without biases.

        For phi = c (±x)_+^k, k > 0, and inputs of a ``dimension``; proved in
        :func:`theory.dead_units.networks.born_dead`.  Exact at kappa = 0, dimension 1, depth 2.

        Raises AssumptionError for other activations or laws of the weights.

        >>> bounds = DeadUnits("relu").born_dead(width=2, depth=2)
        >>> bounds.lower, bounds.exact
        (5/32, True)
        """
        self.layer(width, depth)
        degree = self.activation.homogeneity
        if not (self.zeros.is_half_line and degree is not None and degree.is_positive):
            raise AssumptionError(
                f"born_dead is proved for activations that are 0 on one side and a power on the "
                f"other; {self.activation.name} is not: layer is an upper bound, and dead_study "
                "measures it"
            )
        law = self.mean_field.weights
        if law not in (None, Correlated(self.weight_correlation)):
            raise AssumptionError(
                f"born_dead is proved for normal weights with independent rows, not for {law}"
            )
        return born_dead(self.weight_correlation, width, depth, dimension)

    # equations

    def equations(self) -> tuple[Equation, ...]:
        """The probabilities as equations, each with its definition."""
        return dead_equations(self)


def _short(expr):
    """A number in lowest terms; formulas in rho are left as they come."""
    return expr if expr.has(rho) or expr.count_ops() > _SHORT else sp.simplify(expr)
