r"""Claims on the tangent kernel of an input with itself, and of homogeneous activations.

Source: S. Hayou, A. Doucet and J. Rousseau, arXiv:1905.13654; the scaling is derived here.
"""

import sympy as sp

from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.tangent.symbols import K, K_diagonal, L

from ..checks import Numeric, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball
from .moments import edge
from .tangent_tools import digits_of

__all__ = ["DIAGONAL"]

R = sp.Rational
HAYOU = "Hayou, Doucet & Rousseau, arXiv:1905.13654"


def _critical_diagonal(offset=0):
    for text in ("relu", "erf", "tanh", "elu"):
        law = NTK(text).depth_law["critical"]
        yield Symbolic(law.diagonal, (L - offset) * q)
        weight, bias, _ = edge(text)
        step = NTK(text).recursion.ntk_diagonal
        moved = step.subs({sigma_w2: weight, sigma_b2: bias}).subs(K_diagonal, (L - offset) * q)
        yield Symbolic(moved.doit(), (L + 1 - offset) * q)
    kernel = NTK("relu").kernel(3).subs({sigma_b2: 0, sigma_w2: 2, q2: q1, rho: 1})
    yield Symbolic(kernel, (3 - offset) * q1)  # q^1 = 2 |x|^2/d


def _critical_digits(offset=0):
    found = digits_of(
        "erf", sp.pi * sp.sqrt(3) / 4, R(1, 2) - sp.sqrt(3) * sp.pi / 12, 49, R(1, 2)
    )
    yield Balls(lambda: found.ntk_diagonal[49].ball(), lambda: ball(R(50 - offset, 2)), 20)


EOC_DIAGONAL = Claim(
    "ntk.eoc-diag",
    r"On the edge of chaos with $q^1 = q^*$: $K^L(x,x) = Lq^*$ exactly. ReLU ($\sigma_w^2 = 2$, "
    r"$\sigma_b = 0$): $K^L(x,x) = 2L\|x\|^2/d$ for every $x$.",
    f"{HAYOU}, on the diagonal",
    _critical_diagonal,
    (Mutation("(L - 1) q*", lambda: _critical_diagonal(offset=1)),),
    full=_critical_digits,
)

_FIRST, _SECOND = sp.symbols("m_1 m_2", positive=True)


def _scaled_by_chi(power=0):
    """Kernels of the same inputs, |x|^2/d = m_1 and m_2, for sigma_w2 and on the edge."""
    for text in ("relu", "max(x,0) + min(x,0)/5", "abs(x)"):
        weight = edge(text)[0].doit()
        for depth in (2, 3):
            kernel = NTK(text).kernel(depth).subs(sigma_b2, 0)
            here = kernel.subs({q1: sigma_w2 * _FIRST, q2: sigma_w2 * _SECOND})
            critical = kernel.subs({q1: weight * _FIRST, q2: weight * _SECOND, sigma_w2: weight})
            yield Symbolic(here, (sigma_w2 / weight) ** (depth - power) * critical)


def _one_layer():
    """The induction: (chi^l K, chi^l q) becomes chi^(l+1) times what it would at chi = 1."""
    factor = sp.Symbol("t", positive=True)  # chi^l
    for text in ("relu", "max(x,0) + min(x,0)/5", "abs(x)"):
        weight = edge(text)[0].doit()
        law = NTK(text).recursion
        chi = sigma_w2 / weight
        for step in (law.ntk, law.covariance):
            here = step.subs(sigma_b2, 0)
            moved = here.subs({K: factor * K, q1: factor * q1, q2: factor * q2}, simultaneous=True)
            yield Symbolic(moved, factor * chi * here.subs(sigma_w2, weight))


def _scaling():
    yield from _one_layer()
    yield from _scaled_by_chi()


def _conditions():
    points = [{"sigma_w2": value} for value in (0.5, 3.0)]
    yield Numeric(lambda point: _condition(point["sigma_w2"]), lambda _: _condition(2.0), points)
    yield NTK("relu").depth_law["chaotic"].exists is False
    yield "no phases" in NTK("relu").depth_law["ordered"].statement


def _condition(weight):
    from numerics.tangent.matrix import ntk_matrix

    inputs = [[1.0, 0.2, 0.0], [0.1, 2.0, 0.3], [-0.4, 0.1, 0.7], [0.5, 0.5, 0.5]]
    return ntk_matrix(NTK("relu"), inputs, depth=20, sigma_w2=weight, threads=1).condition_number


SIGMA_FREE = Claim(
    "ntk.relu-sigma-free",
    r"$\phi$ positively homogeneous of degree 1, $\sigma_b = 0$, $\chi = \sigma_w^2E\phi'^2$: "
    r"$K^L_{\sigma_w}(x,x') = \chi^L K^L_{EOC}(x,x')$ exactly. The condition number of the kernel "
    r"matrix does not depend on $\sigma_w$: there are no phases.",
    f"scaling, derived here; where Proposition 1 of {HAYOU} does not apply",
    _scaling,
    (Mutation("chi^(L - 1)", lambda: _scaled_by_chi(power=1)),),
    full=_conditions,
)

DIAGONAL = (EOC_DIAGONAL, SIGMA_FREE)
