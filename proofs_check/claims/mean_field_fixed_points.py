r"""Claims on fixed points of the variance map: existence, number, stability, special values.

Sources: B. Poole et al. 2016, arXiv:1606.05340; S. Hayou, A. Doucet and J. Rousseau, "On the
impact of the activation function on deep neural networks training", ICML 2019, arXiv:1902.06853;
G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017, arXiv:1706.02515.
"""

import mpmath
import sympy as sp

from theory.gaussian import E2, E
from theory.symbols import q, sigma_b2, sigma_w2, x

from ..checks import Certified, CertifiedRoots, CertifiedValue, Numeric, Symbolic
from ..statement import Claim, Mutation
from .moments import edge, function, second, slope, variance_map

__all__ = ["FIXED_POINTS"]

R = sp.Rational
T, A = sp.symbols("t alpha", positive=True)


def _network(text, weights, bias):
    """V(q) - q with numbers for the variances."""
    return variance_map(text).subs({sigma_w2: weights, sigma_b2: bias}) - q


# ---------------------------------------------------------------- uniqueness


def _uniqueness():
    yield from _concavity()
    yield from _bounded()
    yield from _rectifier()
    yield from _square()
    yield from _three_fixed_points()


def _concavity():
    """phi phi'/x decreases on x > 0 (sufficient for odd phi), or V is concave by itself."""
    for text in ("tanh", "erf", "atan"):
        phi = function(f"{text}(x)")
        yield Certified((phi * phi.diff(x) / x).diff(x) < 0, {x: (R(1, 5), 4)})
    for text in ("tanh", "erf"):
        yield Certified(second(text).diff(q, 2) < 0, {q: (R(1, 2), 2)})
    soft = T / (1 + T)
    yield Symbolic(soft * soft.diff(T) / T, (1 + T) ** -3)
    yield Symbolic(E("sin(x)**2", q).doit().diff(q, 2), -2 * sp.exp(-2 * q))
    # sigmoid reduces to tanh, pointwise after pairing x with -x
    sigmoid = function("sigmoid")
    paired = sigmoid**2 + sigmoid.subs(x, -x) ** 2
    yield Symbolic(paired, R(1, 2) + sp.tanh(x / 2) ** 2 / 2)
    yield CertifiedValue(second("sigmoid"), R(1, 4) + E("tanh(x/2)**2", q) / 4, {q: 2})


def _bounded():
    """All zeros of V - q in (0, sigma_b2 + sigma_w2 sup phi^2], beyond which V(q) < q."""
    for text, weights, bias in (("tanh", R(17, 10), R(1, 20)), ("erf", 4, R(1, 20))):
        yield CertifiedRoots(_network(text, weights, bias), q, R(1, 1000), weights + 1, 1)
    # no bias: one positive fixed point iff V'(0) = sigma_w2 phi'(0)^2 > 1
    for text, weights, count in (("tanh", R(3, 2), 1), ("tanh", R(4, 5), 0)):
        yield CertifiedRoots(_network(text, weights, 0), q, R(1, 100), weights + 1, count)
    unit = second("erf").doit().diff(q)
    yield Symbolic(sp.limit(unit, q, 0), sp.diff(sp.erf(x), x).subs(x, 0) ** 2)


def _rectifier():
    network = variance_map("relu").doit()
    star = sigma_b2 / (1 - sigma_w2 / 2)
    yield Symbolic(network.subs(q, star), star)
    yield Symbolic(network.subs({sigma_w2: 2}) - q, sigma_b2)  # every q or none
    yield Symbolic((network - q).subs(sigma_b2, 0), (sigma_w2 / 2 - 1) * q)  # only q = 0


def _square_roots(factor=12):
    root = sp.sqrt(1 - factor * sigma_w2 * sigma_b2)
    return [(1 + sign * root) / (6 * sigma_w2) for sign in (-1, 1)], root


def _square():
    network = variance_map("x**2").doit()
    ranges = {sigma_w2: (R(1, 10), 1), sigma_b2: (0, R(1, 13))}
    (lower, upper), root = _square_roots()
    for star, sign in ((lower, -1), (upper, 1)):
        yield Symbolic(sp.expand(network.subs(q, star) - star), 0, ranges)
        yield Symbolic(network.diff(q).subs(q, star), 1 + sign * root, ranges)
    complete = 3 * sigma_w2 * (q - 1 / (6 * sigma_w2)) ** 2
    excess = (12 * sigma_w2 * sigma_b2 - 1) / (12 * sigma_w2)
    yield Symbolic(network - q, complete + excess)  # no zero once the excess is positive


def _three_fixed_points():
    """GELU with the edge-of-chaos parameters of q = 3, which are exact expressions."""
    weights, bias, _ = (part.doit().subs(q, 3) for part in edge("gelu"))
    network = _network("gelu", weights, bias).doit()
    yield CertifiedRoots(network, q, R(1, 10), 100, 3)
    yield CertifiedValue(network.subs(q, 3), 0, digits=20)


UNIQUENESS = Claim(
    "mf.vfix-uniqueness",
    r"If $\phi$ is bounded and $V$ concave, $q^*$ exists and is unique when $V(0)>0$; with "
    r"$V(0)=0$ there is exactly one positive fixed point iff $V'(0)>1$. ReLU: "
    r"$q^*=\sigma_b^2/(1-\sigma_w^2/2)$ for $\sigma_w^2<2$. Not in general: $x^2$ has "
    r"$q^*=(1\pm\sqrt{1-12\sigma_w^2\sigma_b^2})/(6\sigma_w^2)$, and GELU has up to three.",
    "Hayou et al. 2019, arXiv:1902.06853; derived here",
    _uniqueness,
    (
        Mutation(
            "discriminant 1 - 4 sigma_w2 sigma_b2 for x^2",
            lambda: Symbolic(
                variance_map("x**2").doit().subs(q, _square_roots(4)[0][0]),
                _square_roots(4)[0][0],
                {sigma_w2: (R(1, 10), 1), sigma_b2: (0, R(1, 13))},
            ),
        ),
        Mutation(
            "a unique fixed point for GELU",
            lambda: CertifiedRoots(
                _network("gelu", *(p.doit().subs(q, 3) for p in edge("gelu")[:2])).doit(),
                *(q, R(1, 10), 100, 1),
            ),
        ),
        Mutation(
            "phi phi'/x decreases for the sine too",
            lambda: Certified((sp.sin(2 * x) / (2 * x)).diff(x) < 0, {x: (R(1, 5), 6)}),
        ),
    ),
)


# ---------------------------------------------------------------- gains


def _gains():
    yield from _coincidence()
    for text in ("tanh", "erf", "sin", "softsign"):
        # Poincare for odd phi: the gradient gain is the smaller one, strictly
        yield Certified(second(text) < q * slope(text), {q: (R(1, 4), 4)})
    for text in ("elu", "gelu", "silu", "mish"):
        weights, steep = 1 / second(text), 1 / slope(text)
        yield Certified((weights - steep).subs(q, 1) > R(1, 100))
    yield CertifiedValue(second("sigmoid"), slope("softplus"), {q: 1}, digits=30)
    yield Certified(1 / second("tanh").subs(q, 1) < R(25, 9))
    yield Certified(1 / slope("tanh").subs(q, 1) < R(25, 9))


def _coincidence():
    """E phi^2 = q E phi'^2 for all q iff phi is linear on each side of 0."""
    a, b = sp.symbols("a b", real=True)
    phi = sp.Piecewise((a * x, x > 0), (b * x, True))
    steep = sp.Piecewise((a, x > 0), (b, True))
    yield Symbolic(E(phi**2, q).doit(), q * E(steep**2, q).doit())
    yield Symbolic(q * E(steep**2, q).doit(), q * (a**2 + b**2) / 2)
    # odd phi: the difference is sum (n - 1) a_n^2 over Hermite coefficients, here n = 3 alone
    cubic = a * x + b * x**3
    gap = q * E(cubic.diff(x) ** 2, q) - E(cubic**2, q)
    yield Symbolic(gap.doit(), 12 * b**2 * q**3)
    # a function of the same growth that misses: x_+^a cos(b log x), |x|^a sin(b log |x|)
    square, steep = _oscillating()
    yield Numeric(square, lambda _: _oscillating_integral(0), [{}], digits=10)
    yield Numeric(steep, lambda _: _oscillating_integral(1), [{}], digits=10)
    yield Certified(steep - square > R(1, 4))


def _oscillating():
    """E phi^2 and E phi'^2 at q = 1, a = 4/5, b = 3/5, by moments of complex order.

    On the right phi^2 = x^2a (1 + cos 2bL)/2, L = log x, on the left |x|^2a (1 - cos 2bL)/2, so
    the oscillation cancels in the sum and E phi^2 = E|Z|^2a / 2; phi'^2 alike with (a^2 + b^2)/2
    and order 2a - 2.
    """
    a, b = R(4, 5), R(3, 5)

    def moment(order):
        return 2 ** (order / 2) * sp.gamma((order + 1) / 2) / sp.sqrt(sp.pi)

    return moment(2 * a) / 2, (a**2 + b**2) * moment(2 * a - 2) / 2


def _oscillating_integral(order):
    """The same by quadrature in t = log x, where the oscillation is that of b t."""
    a, b = mpmath.mpf(4) / 5, mpmath.mpf(3) / 5

    def density(t):
        right = (mpmath.cos(b * t), a * mpmath.cos(b * t) - b * mpmath.sin(b * t))[order]
        left = (mpmath.sin(b * t), a * mpmath.sin(b * t) + b * mpmath.cos(b * t))[order]
        place = mpmath.exp(t)
        scale = mpmath.exp(2 * (a - order) * t) * place * mpmath.npdf(place)
        return scale * (right**2 + left**2)

    return mpmath.quad(density, [-60, -30, -15, -7, -3, -1, 0, 1, 3])


HE_INIT = Claim(
    "mf.he-init",
    r"Variance-preserving $\sigma_w^2 = q/E\phi^2$ and gradient-preserving "
    r"$\sigma_w^2 = 1/E\phi'^2$ gains coincide for all $q$ iff "
    r"$\phi = \lambda x_+ + \beta x_-$ (He: ReLU 2, leaky $2/(1+\alpha^2)$). For odd non-linear "
    r"$\phi$ the gradient gain is the smaller one, so the variance-preserving initialization is "
    r"chaotic. $5/3$ is neither gain of tanh.",
    "He et al. 2015, arXiv:1502.01852; derived here by Stein's lemma and Cauchy-Schwarz",
    _gains,
    (
        Mutation(
            "E phi^2 = E phi'^2 at q = 1 (tanh)",
            lambda: CertifiedValue(second("tanh"), slope("tanh"), {q: 1}),
        ),
        Mutation(
            "(5/3)^2 preserves the variance of tanh at q = 1",
            lambda: CertifiedValue(R(25, 9) * second("tanh"), 1, {q: 1}),
        ),
    ),
)


# ---------------------------------------------------------------- SELU


def _selu_constants():
    """alpha and lambda in closed form."""
    h = sp.sqrt(sp.E) * sp.erfc(1 / sp.sqrt(2))
    alpha = -sp.sqrt(2 / sp.pi) / (h - 1)
    inner = 2 * sp.E**2 * sp.erfc(sp.sqrt(2)) + sp.pi * h**2 - 2 * (2 + sp.pi) * h + sp.pi + 2
    return alpha, (1 - h) * sp.sqrt(2 * sp.pi) / sp.sqrt(inner)


def _selu_moments():
    """E phi, E phi^2, E phi'^2, d/dq E phi^2 and E phi'^4 at q = 1, by integration."""
    alpha, scale = sp.symbols("alpha lambda_", positive=True)
    phi = scale * sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True))
    steep = scale * sp.Piecewise((sp.S.One, x > 0), (alpha * sp.exp(x), True))
    nodes = (E(phi, q), E(phi**2, q), E(steep**2, q), E(phi**2, q).diff(q), E(steep**4, q))
    values = dict(zip((alpha, scale), _selu_constants(), strict=True)) | {q: sp.S.One}
    return [node.subs(values) for node in nodes]


def _selu():
    mean, square, chi_1, stability, fourth = _selu_moments()
    yield CertifiedValue(mean, 0, digits=25)
    yield CertifiedValue(square, 1, digits=25)
    yield Certified(chi_1 > 1 + R(7, 100))  # chaotic
    yield Certified(stability < R(4, 5))  # and attracting
    yield Certified(stability > 0)
    yield Certified(fourth / chi_1**2 > R(13, 10))
    # c* = 0, because C(0) = (E phi)^2 = 0
    phi = sp.Piecewise((x, x > 0), (A * (sp.exp(x) - 1), True))
    yield Symbolic(E2(phi, phi, q, q, sp.S.Zero), E(phi, q) ** 2)
    # the catalogue's constants are these
    alpha, scale = _selu_constants()
    library = function("selu")
    yield CertifiedValue(library.subs(x, 1), scale, digits=15)
    yield Numeric(library.subs(x, -30), -scale * alpha * (1 - sp.exp(-30)), [{}], digits=15)


SELU = Claim(
    "mf.selu",
    r"With $h=\sqrt e\,\mathrm{erfc}(1/\sqrt2)$, $\alpha=\sqrt{2/\pi}/(1-h)$ and the $\lambda$ of "
    r"SELU, $E\phi(Z)=0$ and $E\phi(Z)^2=1$: at $\sigma_w=1$, $\sigma_b=0$ the point $q=1$ "
    r"attracts, but $\chi_1 \approx 1.07 > 1$: it is slightly chaotic and $c^*=0$.",
    "Klambauer et al. 2017, arXiv:1706.02515; derived here",
    _selu,
    (
        Mutation("chi_1 = 1 at the SELU point", lambda: CertifiedValue(_selu_moments()[2], 1)),
        Mutation(
            "the SELU point repels",
            lambda: Certified(_selu_moments()[3] > 1),
        ),
    ),
)

FIXED_POINTS = (UNIQUENESS, HE_INIT, SELU)
