r"""What to type into a framework: weight variances that preserve signal, gradient, or both.

At a reference variance q of the pre-activations, with phi at sqrt(q) Z:

* variance-preserving, sigma_b2 = 0:  sigma_w2 = q / E phi^2;
* gradient-preserving:                sigma_w2 = 1 / E phi'^2;
* edge of chaos: the second with sigma_b2 = q - E phi^2/E phi'^2, if that is not negative; then q
  is a fixed point and it attracts iff |V'(q)| < 1.

Correlated weights put E phi^2 - kappa (E phi)^2 in place of E phi^2, and a skip connection s
multiplies all three by 1 - s^2.

Frameworks call sqrt(sigma_w2) the gain: weights of standard deviation gain/sqrt(fan_in).
"""

import math
from dataclasses import dataclass

from theory.errors import InputError

from .edge_of_chaos import EdgeOfChaosPoint, edge_of_chaos
from .input import finite
from .numeric_activation import numeric_activation
from .result import Provenance, Result

__all__ = ["Initialization", "initialization"]


@dataclass(frozen=True, repr=False)
class Initialization(Result):
    """Recommended sigma_w2 at a reference variance ``q``; an absent one is None, with a reason.

    ``chi_1`` is the gradient factor per layer of the variance-preserving choice.
    """

    activation: str
    q: float
    variance_preserving: float | None
    gradient_preserving: float | None
    chi_1: float | None
    edge_of_chaos: EdgeOfChaosPoint | None
    reasons: tuple[str, ...]
    provenance: Provenance

    @property
    def gain(self):
        """sqrt(sigma_w2) of the variance-preserving choice: the framework's gain."""
        return None if self.variance_preserving is None else math.sqrt(self.variance_preserving)

    @property
    def gradient_gain(self):
        """sqrt(sigma_w2) of the gradient-preserving choice."""
        return None if self.gradient_preserving is None else math.sqrt(self.gradient_preserving)

    def __repr__(self):
        gain = "none" if self.gain is None else f"{self.gain:.6g}"
        return f"Initialization({self.activation}, q={self.q:g}: gain = {gain})"

    def __str__(self):
        rows = [f"{self.activation} at q = {self.q:g}"]
        rows += [
            f"  {name:<22} {_number(value):>18}   gain {_number(_root(value)):>18}"
            for name, value in self._rows()
        ]
        return "\n".join([*rows, *(f"  {reason}" for reason in self.reasons)])

    def _rows(self):
        point = self.edge_of_chaos
        return (
            ("variance-preserving", self.variance_preserving),
            ("gradient-preserving", self.gradient_preserving),
            ("edge of chaos", point.sigma_w2 if point else None),
        )

    def latex(self):
        """A booktabs table of the choices."""
        lines = [
            r"\begin{tabular}{lll}",
            r"\toprule",
            r"choice & $\sigma_w^2$ & gain \\",
            r"\midrule",
        ]
        lines += [
            f"{name} & {_number(value)} & {_number(_root(value))} \\\\"
            for name, value in self._rows()
        ]
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def _repr_latex_(self):
        return self.latex()


def initialization(model, q=1.0) -> Initialization:
    """Gains of an activation at reference variance ``q`` (relative accuracy 1e-14), with reasons.

    ``model`` is a MeanField, with its options, or anything that names an activation.

    >>> he = initialization("relu(x)")
    >>> abs(he.variance_preserving - 2) < 1e-14, abs(he.gain - math.sqrt(2)) < 1e-14
    (True, True)
    """
    q = finite(q, "q", "initialization")
    if q <= 0:
        raise InputError(f"initialization: q = {q:g} is a variance and must be positive")
    activation = numeric_activation(model)
    second, slope = float(activation.W(q)), float(activation.D(q))
    layer = activation.layer
    by_variance = layer.branch * q / second if second > 0 and not layer.grows else None
    by_gradient = layer.branch / slope if 0 < slope < math.inf and not layer.grows else None
    chi_1 = layer.keep + by_variance * slope if by_variance is not None else None
    curve = edge_of_chaos(activation, q=q)
    point = curve[0] if curve else None
    reasons = tuple(_reasons(activation, q, by_variance, by_gradient, chi_1, point, curve))
    return Initialization(
        activation.name,
        q,
        by_variance,
        by_gradient,
        chi_1,
        point,
        reasons,
        Provenance.of("initialization", activation.name, "1e-14 relative", q=q, **layer.inputs),
    )


def _reasons(activation, q, by_variance, by_gradient, chi_1, point, curve):
    if activation.layer.grows:
        skip = activation.layer.skip
        yield f"|skip| >= 1 ({skip}): signals and gradients grow at every sigma_w2"
        return
    if by_variance is None:
        yield f"E phi^2 = 0 at q = {q:g}: no weight variance preserves the signal"
    if by_gradient is None:
        yield "E phi'^2 is infinite or zero: no weight variance preserves the gradient"
    if chi_1 is not None and by_gradient is not None:
        if abs(chi_1 - 1.0) <= 4e-15:
            yield "variance and gradient ask for the same sigma_w2"
        else:
            fate = "grow" if chi_1 > 1 else "shrink"
            yield (
                f"preserving the variance makes squared gradients {fate} by chi_1 = "
                f"{chi_1:.12g} per layer"
            )
    if point is None:
        yield curve.statement
        return
    where = f"edge of chaos: sigma_w2 = {point.sigma_w2:.12g}, sigma_b2 = {point.sigma_b2:.12g}"
    if point.stable:
        yield f"{where}; q = {q:g} attracts (V' = {point.chi_q:.6g})"
    elif point.chi_q == 1.0:
        yield f"{where}; every q is a fixed point there"
    else:
        yield (
            f"{where}, but q = {q:g} repels (V' = {point.chi_q:.6g}): a network started there "
            "drifts away from it"
        )


def _root(value):
    return None if value is None else math.sqrt(value)


def _number(value):
    return "none" if value is None else f"{value:.15g}"
