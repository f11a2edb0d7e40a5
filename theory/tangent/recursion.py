r"""One layer of the neural tangent kernel, as SymPy expressions.

For y^l = s y^{l-1} + sqrt(b_l) (W^l phi(y^{l-1}) + bias), W_ij = sqrt(sigma_w2 / n) w_ij with w_ij
and the biases beta_i = bias_i / sigma_b trained, the covariance Q and the kernel K obey

    Q' = s^2 Q + b_l (sigma_b2 + sigma_w2 E phi(u) phi(v)),
    K' = (s^2 + b_l sigma_w2 E phi'(u) phi'(v)) K + b_l (sigma_b2 + sigma_w2 E phi(u) phi(v)),

with (u, v) Gaussian of covariance Q (Jacot, Gabriel & Hongler 2018, arXiv:1806.07572; Hayou,
Doucet & Rousseau 2019, arXiv:1905.13654, lemma 2).  In the standard parametrisation W and the bias
themselves are trained: the source becomes b_l (n E phi(u) phi(v) + 1), with n the fan-in.

Correlated weights are W = sqrt(sigma_w2 / n) w (1 - (a/n) 11^T) with (1 - a)^2 = 1 - kappa and w
trained, so that dy_i/dw_ij = sqrt(sigma_w2 / n) (phi_j - a mean(phi)) and 2 a - a^2 = kappa give
the source b_l (sigma_b2 + sigma_w2 (E phi(u) phi(v) - kappa E phi(u) E phi(v))), which is what the
branch adds to Q'.  In the standard parametrisation dy_i/dW_ij = phi_j, and no kappa appears.  The
factor of K has none either: sum_jk W_ij W_ik phi'_j phi'_k K_jk has the diagonal sigma_w2
(1 - kappa/n) E phi' phi' K, and for j != k it has weights of mean -kappa sigma_w2/n^2 on entries
K_jk = sum_m W_jm W_km (...) of rows that are independent, whose sum is of order n: together
O(1/n).  The cross terms of a skip connection, 2 s sum_j W_ij phi'_j K_ij, are O(n^(-1/2)) for the
same reason.  The first layer has independent weights.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from ..equation import Equation, Equations, closed
from ..errors import AssumptionError, DivergentExpectationError, UndecidedError
from ..mean_field import MeanField
from ..symbols import q, q1, q2, rho, sigma_b2, sigma_w2
from .architecture import Architecture
from .symbols import K, K_diagonal, input_dimension

__all__ = ["Recursion"]

_JACOT = "Jacot, Gabriel & Hongler 2018 (arXiv:1806.07572)"
_HAYOU = "Hayou, Doucet & Rousseau 2019 (arXiv:1905.13654)"
_WIDE = "Lee et al. 2019 (arXiv:1902.06720), standard parametrisation"


@dataclass(frozen=True)
class Recursion(Equations):
    """Next-layer maps of two inputs with variances ``q1``, ``q2`` and correlation ``rho``.

    For a convolution the maps are those of one pair of positions before the average over the
    filter, see ``positions``.  ``l`` and ``L`` (the layer and the depth) occur in the branch
    weights of scaled and stable residual networks.

    ``width`` is None in the NTK parametrisation, and n in the standard one, where a filter of k
    positions makes the fan-in k n.
    """

    mean_field: MeanField
    architecture: Architecture
    width: sp.Expr | None = None

    heading = "recursion of the tangent kernel"

    # definitions, with untouched expectations

    @property
    def _keep(self):
        return self.architecture.skip**2

    @property
    def _branch(self):
        return self.architecture.branch

    def _definitions(self):
        """name -> expression with untouched expectations, in q1, q2, rho, K or q, K_diagonal."""
        mf = self.mean_field
        pair, own = mf.branch_kernel, mf.branch_moment
        slope = sigma_w2 * sp.expand(mf.kernel.diff(rho) / sp.sqrt(q1 * q2))
        own_slope = sigma_w2 * mf.slope_moment
        keep, branch = self._keep, self._branch
        return {
            "variance": keep * q + branch * (sigma_b2 + sigma_w2 * own),
            "covariance": keep * rho * sp.sqrt(q1 * q2) + branch * (sigma_b2 + sigma_w2 * pair),
            "slope": keep + branch * slope,
            "diagonal_slope": keep + branch * own_slope,
            "source": branch * self._source(pair, mf.kernel),
            "diagonal_source": branch * self._source(own, mf.second_moment),
        }

    def _source(self, branch_moment, moment):
        if self.width is None:
            return sigma_b2 + sigma_w2 * branch_moment
        return self.architecture.filter_size * self.width * moment + 1

    @cached_property
    def definitions(self) -> dict[str, sp.Expr]:
        """The maps with untouched Gaussian expectations, by name."""
        return self._definitions()

    def _closed(self, name):
        return closed(self.definitions[name])

    # the maps

    @cached_property
    def variance(self) -> sp.Expr:
        """The next variance, in ``q``."""
        return self._closed("variance")

    @cached_property
    def covariance(self) -> sp.Expr:
        """The next covariance of two inputs, in ``q1``, ``q2``, ``rho``."""
        return self._closed("covariance")

    @cached_property
    def correlation(self) -> sp.Expr:
        """The next correlation, in ``q1``, ``q2``, ``rho``."""
        own = self.variance
        return self.covariance / sp.sqrt(own.subs(q, q1) * own.subs(q, q2))

    @cached_property
    def slope(self) -> sp.Expr:
        """The factor of K: s^2 + b_l sigma_w2 E phi'(u) phi'(v), in ``q1``, ``q2``, ``rho``."""
        return self._closed("slope")

    @cached_property
    def diagonal_slope(self) -> sp.Expr:
        """The same for one input with itself, in ``q``; infinite where chi_1 is."""
        return self._closed("diagonal_slope")

    @cached_property
    def source(self) -> sp.Expr:
        """What the new layer's own parameters add, in ``q1``, ``q2``, ``rho``."""
        return self._closed("source")

    @cached_property
    def diagonal_source(self) -> sp.Expr:
        """The same for one input with itself, in ``q``."""
        return self._closed("diagonal_source")

    @cached_property
    def ntk(self) -> sp.Expr:
        """The next kernel of two inputs, in ``K``, ``q1``, ``q2``, ``rho``."""
        return self.slope * K + self.source

    @cached_property
    def ntk_diagonal(self) -> sp.Expr:
        """The next kernel of an input with itself, in ``K_diagonal`` and ``q``."""
        return self.diagonal_slope * K_diagonal + self.diagonal_source

    @cached_property
    def start(self) -> sp.Expr:
        """The kernel of the first layer, K^1, in its covariance rho sqrt(q1 q2).

        In the standard parametrisation the inputs have ``d`` entries (per position), and the
        covariance of the first layer is sigma_b2 + sigma_w2 <x, x'> / d.
        """
        covariance = rho * sp.sqrt(q1 * q2)
        if self.width is None:
            return covariance
        fan_in = self.architecture.filter_size * input_dimension
        return fan_in * (covariance - sigma_b2) / sigma_w2 + 1

    @cached_property
    def positions(self) -> tuple[sp.Equality, sp.Equality] | None:
        """For a convolution, the averages over the filter that make a layer of the maps.

        Q[a, b] and K[a, b] belong to position a of one input and b of the other, circularly;
        ``source(a, b)`` and ``slope(a, b)`` are the maps at the covariance of positions a and b.
        With a skip connection s, which passes on each position, ``covariance`` and ``slope`` stand
        for the maps without their s^2.  Correlated weights are correlated over the channels, at
        each place of the filter.
        """
        if not self.architecture.is_convolution:
            return None
        size = self.architecture.filter_size
        a, b, j = sp.symbols("a b j", integer=True)
        kernel, new_kernel = sp.IndexedBase("K"), sp.IndexedBase("K_next")
        new_covariance = sp.IndexedBase("Q_next")
        covariance, source, slope = (sp.Function(f) for f in ("covariance", "source", "slope"))

        def mean(term):
            return sp.Sum(term, (j, -(size // 2), size // 2)) / size

        keep = self._keep
        passed = mean(slope(a + j, b + j) * kernel[a + j, b + j] + source(a + j, b + j))
        return (
            sp.Eq(
                new_covariance[a, b],
                keep * sp.IndexedBase("Q")[a, b] + mean(covariance(a + j, b + j)),
                evaluate=False,
            ),
            sp.Eq(new_kernel[a, b], keep * kernel[a, b] + passed, evaluate=False),
        )

    def equations(self) -> tuple[Equation, ...]:
        """The maps, each with its untouched definition and its source.

        A map that cannot be decided is a row without a value whose note says why.
        """
        source = _HAYOU if self.architecture.is_residual else _JACOT
        source = source if self.width is None else _WIDE
        if self.mean_field.weight_correlation != 0:
            source += "; correlated weights derived after Singh & Sreejith 2021 (arXiv:2103.12499)"
        return tuple(self._row(*row, source) for row in _ROWS)

    def _row(self, name, title, symbol, source):
        try:
            definition, value = self._definition_of(name), getattr(self, name)
            note = self._note(name)
        except (UndecidedError, DivergentExpectationError, AssumptionError) as error:
            definition, value, note = None, None, str(error)
        slug = name if name.startswith("ntk") else f"ntk_{name}"
        return Equation("ntk", slug, title, symbol, definition, value, source, note)

    def _definition_of(self, name):
        parts = self.definitions
        if name == "ntk":
            return parts["slope"] * K + parts["source"]
        if name == "ntk_diagonal":
            return parts["diagonal_slope"] * K_diagonal + parts["diagonal_source"]
        return parts[name]

    def _note(self, name):
        if name == "ntk_diagonal" and self.diagonal_slope.is_finite is False:
            return "infinite from the second layer on: E phi'^2 is infinite"
        if self.architecture.is_convolution:
            size = self.architecture.filter_size
            return (
                f"for one pair of positions; a layer averages over the {size} pairs (a+j, b+j) of "
                "the filter, circularly"
            )
        return "at variances q1, q2 and correlation rho" if name in ("covariance", "ntk") else ""


#: name, title, LaTeX symbol of the rows
_ROWS = (
    ("variance", "variance of the next layer", r"q^{\ell+1}"),
    ("covariance", "covariance of the next layer", r"q^{\ell+1}(x, x')"),
    ("ntk", "tangent kernel of the next layer", r"K^{\ell+1}(x, x')"),
    ("ntk_diagonal", "tangent kernel of an input with itself", r"K^{\ell+1}(x, x)"),
)
