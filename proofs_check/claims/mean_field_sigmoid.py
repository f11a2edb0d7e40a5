r"""Claims on the edge of chaos of the sigmoid, which has one, and of softplus, which has none.

Both are derived here; the edge of chaos is that of S. Hayou, A. Doucet and J. Rousseau, ICML 2019,
arXiv:1902.06853.
"""

import sympy as sp

from theory.gaussian import E
from theory.symbols import q, x

from ..checks import Certified, CertifiedRoots, CertifiedValue, Symbolic
from ..statement import Claim, Mutation
from .moments import edge, function

__all__ = ["SIGMOID"]

R = sp.Rational


def _affine(text, shift, scale, inner):
    """The edge of a + b phi(s x) for odd phi by the stated law, and by derivation."""
    phi = function(text)
    moved = shift + scale * phi.subs(x, inner * x)
    weights, bias = _edge_of(moved)
    w, b, _ = (part.subs(q, inner**2 * q) for part in edge(text))
    stated_w = w / (scale * inner) ** 2
    stated_b = b / inner**2 - w * (sp.S(shift) / (scale * inner)) ** 2
    return (weights, stated_w), (bias, stated_b)


def _edge_of(phi):
    steep = E(phi.diff(x) ** 2, q)
    return 1 / steep, q - E(phi**2, q) / steep


def _sigmoid():
    for pair in _affine("tanh(x)", R(1, 2), R(1, 2), R(1, 2)):
        yield CertifiedValue(*pair, {q: 60}, digits=25)
    for pair in _affine("erf(x)", 1, 3, 2):
        yield CertifiedValue(*pair, {q: R(1, 2)}, digits=25)
    # sigmoid(x) = (1 + tanh(x/2))/2, and the same curve from sigmoid itself
    yield Symbolic(function("sigmoid"), (1 + sp.tanh(x / 2)) / 2)
    weights, bias, stability = edge("sigmoid")
    yield CertifiedValue(weights, 16 * edge("tanh")[0].subs(q, q / 4), {q: 60}, digits=25)
    yield CertifiedValue(stability, edge("tanh")[2].subs(q, q / 4), {q: 60}, digits=25)
    yield CertifiedRoots(bias, q, 1, 200, 1)
    yield Certified(bias > 0, {q: (50, 200)})
    yield Certified(bias < 0, {q: (1, 40)})
    yield Certified(stability < 1, {q: (40, 100)})
    yield Certified(weights > 100, {q: (46, 100)})
    yield from _softplus()


def _softplus():
    """No edge of chaos: E phi^2 > q/2 and E phi'^2 < 1/2 by pairing x with -x."""
    soft, logistic = function("softplus"), function("sigmoid")
    mirrored = soft.subs(x, -x)
    yield Symbolic(soft - mirrored, x)
    yield Symbolic(soft**2 + mirrored**2, (x**2 + (soft + mirrored) ** 2) / 2)
    product = 2 * logistic * logistic.subs(x, -x)
    yield Symbolic(logistic**2 + logistic.subs(x, -x) ** 2, 1 - product)
    yield Certified(edge("softplus")[1] < 0, {q: (R(1, 10), 20)})


_CLAIM = Claim(
    "mf.sigmoid-eoc",
    r"The sigmoid has an edge of chaos: $\sigma_{w,sig}^2(q) = 16\,\sigma_{w,\tanh}^2(q/4)$, "
    r"$\sigma_{b,sig}^2(q) = 4[\sigma_{b,\tanh}^2(q/4) - \sigma_{w,\tanh}^2(q/4)]$, admissible "
    r"above a single $q \approx 45.6$, where $\sigma_w \approx 10.1$. Softplus has none.",
    "derived here; compare Hayou et al. 2019, arXiv:1902.06853",
    _sigmoid,
    (
        Mutation(
            "factor 4 instead of 16",
            lambda: CertifiedValue(
                edge("sigmoid")[0], 4 * edge("tanh")[0].subs(q, q / 4), {q: 60}
            ),
        ),
        Mutation(
            "the sigmoid has no edge of chaos",
            lambda: Certified(edge("sigmoid")[1] < 0, {q: (1, 200)}),
        ),
    ),
)

SIGMOID = (_CLAIM,)
