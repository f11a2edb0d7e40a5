r"""What one layer of finite width does to the covariance, and the SDE that it is closest to.

Given V, one layer makes V' = (c/n) sum_i phi(y_i) phi(y_i)^T with y_i ~ N(0, V) independent, so
every moment of V' is a Gaussian expectation.  For a positively homogeneous phi of degree 1 the
correlation is a chain of its own,

    rho' = C(rho) + mu_1(rho)/n + sqrt(sigma_1^2(rho)/n) xi + …,      V' = V (1 + sqrt(M/n) xi),

with the moments of rho' = C'/sqrt(A'B') from the delta method.  The covariance SDE keeps the
leading power of n of E[V'|V] - V; :func:`at_width` keeps all of it, which turns an error of order
n^(-1/2) into one of order 1/n (Li, Nica & Roy 2022, arXiv:2206.02768, for the limit).

With weights of correlation kappa V' is (c/n) (sum phi phi^T - (kappa/n) (sum phi) (sum phi)^T),
sums over the neurons, and its mean c ((1 - kappa/n) E phi phi^T - kappa (1 - 1/n) E phi E phi^T).
"""

from dataclasses import dataclass, fields
from functools import cached_property

import sympy as sp

from .activation import as_activation
from .covariance_sde import CovarianceSDE
from .equation import closed
from .errors import AssumptionError, InputError
from .gaussian import E2, E, GaussianExpectation
from .parser import exact
from .shaped_kernel import ShapedDrift
from .symbols import covariance_entry, n, rho, x

__all__ = ["FiniteWidthSDE", "OneStep", "at_width", "delta_method", "kappa", "one_step"]

V11, V22 = covariance_entry(1, 1), covariance_entry(2, 2)


@dataclass(frozen=True)
class OneStep:
    """The moments of one layer for a phi of degree 1, normalised: c E phi(Z)^2 = 1.

    ``map`` is C(rho), ``mean`` mu_1(rho), ``variance`` sigma_1^2(rho); ``norm_variance`` is M,
    n Var(V'/V).
    """

    map: sp.Expr
    mean: sp.Expr
    variance: sp.Expr
    norm_variance: sp.Expr

    def at(self, value) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
        """(C, mu_1, sigma_1^2) at a correlation."""
        return tuple(e.subs(rho, value) for e in (self.map, self.mean, self.variance))


def one_step(activation) -> OneStep:
    r"""The one-step moments of an activation that is positively homogeneous of degree 1.

    With K22 = c^2 E phi(u)^2 phi(v)^2 and K31 = c^2 E phi(u)^3 phi(v), the neurons' contributions
    to (A', B', C') have the covariances Var A = M, Cov(A, B) = K22 - 1, Cov(A, C) = K31 - C and
    Var C = K22 - C^2.  Raises AssumptionError for any other activation.

    >>> one_step("relu").norm_variance
    5
    >>> one_step("linear").variance
    rho**4 - 2*rho**2 + 1
    """
    if isinstance(activation, sp.Expr):  # a shaped activation, with n in it
        return _one_step(activation)
    phi = as_activation(activation)
    if phi.homogeneity != 1:
        raise AssumptionError(
            f"the correlation of {phi.name} is no chain of its own: its layers depend on the "
            "norms too; one-step moments need phi(t x) = t phi(x) for t > 0"
        )
    return _one_step(phi.expr)


def _one_step(phi):
    scale = 1 / closed(E(phi**2, 1))
    c = sp.expand(scale * closed(E2(phi, phi, 1, 1, rho)))
    k22 = sp.expand(scale**2 * closed(E2(phi**2, phi**2, 1, 1, rho)))
    k31 = sp.expand(scale**2 * closed(E2(phi**3, phi, 1, 1, rho)))
    m = sp.factor(scale**2 * closed(E(phi**4, 1)) - 1)
    covariance = sp.Matrix(
        [[m, k22 - 1, k31 - c], [k22 - 1, m, k31 - c], [k31 - c, k31 - c, k22 - c**2]]
    )
    a, b, cross = sp.symbols("A B C", positive=True)
    mean, variance = delta_method(cross / sp.sqrt(a * b), (a, b, cross), (1, 1, c), covariance)
    return OneStep(c, mean, variance, m)


def delta_method(function, variables, at, covariance) -> tuple[sp.Expr, sp.Expr]:
    """(n times the bias, n times the variance) of a function of averages of n terms.

    ``covariance`` is that of one term, ``at`` its mean: tr(H Sigma)/2 and the gradient's
    quadratic form.

    >>> a = sp.Symbol("a", positive=True)
    >>> delta_method(sp.log(a), [a], [1], sp.Matrix([[2]]))
    (-1, 2)
    """
    place = dict(zip(variables, at, strict=True))
    gradient = sp.Matrix([sp.diff(function, v) for v in variables]).subs(place, simultaneous=True)
    hessian = sp.hessian(function, variables).subs(place, simultaneous=True)
    bias = (hessian * covariance).trace() / 2
    return sp.expand(bias), sp.expand((gradient.T * covariance * gradient)[0])


@dataclass(frozen=True, init=False, eq=False)
class FiniteWidthSDE(CovarianceSDE):
    """The covariance SDE with the exact mean of one layer of width ``width`` as its drift.

    Made by :func:`at_width`.  Everything of :class:`CovarianceSDE` works; only the drift differs.
    """

    width: sp.Expr

    def __repr__(self):
        return f"at_width({self.name!r}, {self.width})"

    @cached_property
    def kernel(self) -> ShapedDrift:
        """n (E[V'|V] - V), before skip connections."""
        phi, order = self.shaping.at(self.width), super().kernel.order
        scale = 1 / closed(E(phi**2, 1)) if self.normalised else sp.S.One
        if _is_homogeneous(phi):
            return ShapedDrift(order, *self._homogeneous(phi, scale))
        return ShapedDrift(order, *self._general(phi, scale))

    def _homogeneous(self, phi, scale):
        """sqrt(V11 V22) K_n(rho), from unit variances, and the other parts of the kernel."""
        width, kappa = self.width, self.weight_correlation
        own, lost = 1 - kappa / width, self._means_factor(scale)
        root = sp.sqrt(V11) * sp.sqrt(V22)
        pair, mean = E2(phi, phi, 1, 1, rho), E(phi, 1)
        gap = own * _arc_cosine_form(width * (scale * closed(pair) - rho))
        norm = own * sp.simplify(width * (scale * closed(E(phi**2, 1)) - 1))
        means = sp.factor(lost * closed(mean) ** 2)
        definition = width * (own * scale * pair - rho) - lost * mean**2
        return root * (gap - kappa * rho - means), (norm - kappa - means) * V11, root * definition

    def _general(self, phi, scale):
        width = self.width
        own, lost = 1 - self.weight_correlation / width, self._means_factor(scale)
        first, second, share = V11, V22, scale * own
        if lost.is_zero:  # correlated columns make the variances themselves smaller
            first, second, share = own * V11, own * V22, scale
        root = rho * sp.sqrt(V11) * sp.sqrt(V22)
        pair, mean = E2(phi, phi, first, second, rho), E(phi, first)
        means, square = lost * mean * E(phi, second), lost * mean**2
        cross = width * (share * closed(pair) - root) - _each_closed(means)
        norm = width * (share * closed(E(phi**2, first)) - V11) - _each_closed(square)
        return sp.expand(cross), sp.expand(norm), width * (share * pair - root) - means

    def _means_factor(self, scale):
        """What multiplies -E phi(u) E phi(v) in the kernel."""
        return self.weights.effect.weight_correlation * (self.width - 1) * scale


def at_width(sde: CovarianceSDE, width) -> FiniteWidthSDE:
    """The SDE with the drift n (E[V'|V] - V) of one layer of ``width``, a number or a symbol.

    Compare a finite network with this one: its statistics differ by O(1/n) only.

    Raises AssumptionError for a residual network, whose time is not layer/width.

    >>> relu = CovarianceSDE("relu", c_plus=0, c_minus=-1)
    >>> at_width(relu, 100).correlation.drift.subs(rho, 0).evalf(6)  # 1/(2 pi) in the limit
    0.175862
    """
    if sde.shaping is None:
        raise AssumptionError(
            f"{sde!r} has no shaping: the layers of a residual network are counted by depth, so a "
            "finite width does not change its drift"
        )
    width = exact(width, "the width")
    if width.is_number and not bool(width >= 1):
        raise InputError(f"a width is a whole number >= 1; got {width}")
    made = object.__new__(FiniteWidthSDE)
    for field in fields(CovarianceSDE):
        object.__setattr__(made, field.name, getattr(sde, field.name))
    object.__setattr__(made, "width", width)
    return made


def kappa(sde: CovarianceSDE, width=n) -> sp.Expr:
    r"""kappa_n of two slopes: E rho' = rho + (kappa_n/n)(sqrt(1 - rho^2) - rho arccos rho).

    kappa_n = n Delta_n/pi with Delta_n = (s_+ - s_-)^2/(s_+^2 + s_-^2) tends to
    kappa = (c_+ - c_-)^2/(2 pi).

    >>> kappa(CovarianceSDE("relu", c_plus=1, c_minus=-1))
    2*n/(pi*(n + 1))

    Raises AssumptionError for other shapings and for correlated weights.
    """
    if not sde.weight_correlation.is_zero:
        raise AssumptionError(
            f"{sde!r} moves correlations by its means too: kappa_n is the size of the drift of "
            "independent weights; read .correlation.drift of at_width(sde, width)"
        )
    step = at_width(sde, width).kernel
    if not _is_homogeneous(sde.shaping.at(width)):
        raise AssumptionError(f"{sde!r} has no kappa: its shaping is not two slopes")
    return sp.factor((step.cross / (sp.sqrt(V11) * sp.sqrt(V22))).subs(rho, 0))


def _arc_cosine_form(gap):
    """A multiple of sqrt(1 - rho^2) - rho arccos(rho) as such: two slopes give nothing else."""
    size = sp.factor(sp.simplify(gap.subs(rho, 0)))
    form = size * (sp.sqrt(1 - rho**2) - rho * sp.acos(rho))
    acos = {sp.asin(rho): sp.pi / 2 - sp.acos(rho)}
    rest = sp.simplify(sp.expand((gap - form).subs(acos)))
    return form if rest.is_zero else sp.expand(gap)


def _each_closed(product):
    """A product of expectations, each in closed form where it has one."""
    return product.xreplace({node: closed(node) for node in product.atoms(GaussianExpectation)})


def _is_homogeneous(phi):
    """Whether phi is two slopes that meet at 0; n and other positive symbols may occur."""
    t = sp.Dummy("t", positive=True)
    sides = [phi.subs(x, sign * t).doit() for sign in (1, -1)]
    return all(not sp.simplify(side / t).has(t) for side in sides)
