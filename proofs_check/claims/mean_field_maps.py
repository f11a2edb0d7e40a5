r"""Claims on the maps of length and correlation: slopes, closed kernels, Hermite series.

Sources: B. Poole et al., "Exponential expressivity in deep neural networks through transient
chaos", NeurIPS 2016, arXiv:1606.05340; S. Schoenholz et al., "Deep information propagation",
ICLR 2017, arXiv:1611.01232; Y. Cho and L. Saul, "Kernel methods for deep learning", NeurIPS 2009;
C. Williams, "Computing with infinite networks", NeurIPS 1996.
"""

import sympy as sp

from theory.gaussian import E2, E
from theory.special import Phi, Phi2
from theory.symbols import q, rho, x

from ..checks import Certified, CertifiedRoots, CertifiedValue, Symbolic
from ..statement import Claim, Mutation
from .moments import function, kernel, second, slope

__all__ = ["MAPS"]

R = sp.Rational
PAIR = ({q: R(13, 10), rho: R(2, 5)}, {q: R(3, 5), rho: R(-1, 2)})


# ---------------------------------------------------------------- V'


def _vprime():
    """Three integrations by parts, exact for the density; then values for given functions."""
    u = sp.Symbol("u", real=True)
    density = sp.exp(-(u**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    phi = sp.Function("phi", real=True)(u)
    yield Symbolic(density.diff(q), density.diff(u, 2) / 2)
    yield Symbolic(density.diff(q), (u**2 / q - 1) / (2 * q) * density)
    yield Symbolic(density.diff(u), -u / q * density)
    yield Symbolic((phi**2).diff(u, 2) / 2, phi.diff(u) ** 2 + phi * phi.diff(u, 2))
    for text, variance in (("tanh", R(7, 3)), ("silu", R(1, 10)), ("elu", 1), ("hardtanh", 2)):
        for form in _vprime_forms(text):
            yield CertifiedValue(second(text).diff(q), form, {q: variance}, digits=20)


def _vprime_forms(text):
    """E[Z phi phi']/sqrt(q) and E[(Z^2 - 1) phi^2]/(2q) with Z = x/sqrt(q)."""
    phi = function(text)
    steep = sp.diff(phi, x) if text in ("tanh", "silu") else _steep(text)
    yield E(x * phi * steep, q) / q
    yield E((x**2 / q - 1) * phi**2, q) / (2 * q)


def _steep(text):
    return {"elu": sp.Piecewise((sp.exp(x), x < 0), (1, True)), "hardtanh": _inside()}[text]


def _inside():
    return sp.Piecewise((sp.S.One, sp.Abs(x) < 1), (sp.S.Zero, True))


VPRIME = Claim(
    "mf.vprime",
    r"$V'(q) = \sigma_w^2 E[\phi'^2 + \phi\phi''] = \sigma_w^2 E[Z\phi\phi']/\sqrt q "
    r"= \frac{\sigma_w^2}{2q} E[(Z^2-1)\phi^2]$, with $\phi\phi''$ in the sense of distributions.",
    "Poole et al. 2016, arXiv:1606.05340; Stein's lemma and the heat equation",
    _vprime,
    (
        Mutation(
            r"V' = chi_1, which forgets E[phi phi''] (tanh)",
            lambda: CertifiedValue(second("tanh").diff(q), slope("tanh"), {q: 1}),
        ),
        Mutation(
            "the factor 1/2 of the heat equation is lost",
            lambda: CertifiedValue(
                second("silu").diff(q), E((x**2 / q - 1) * function("silu") ** 2, q) / q, {q: 2}
            ),
        ),
    ),
)


# ---------------------------------------------------------------- monotone and convex


def _at(text, variance, chi_1, centred=False):
    """C(rho) with q fixed and weights such that chi_1 has the given value; no bias if centred."""
    weights = chi_1 / slope(text).doit().subs(q, variance)
    if centred:
        weights = variance / second(text).doit().subs(q, variance)
    bias = variance - weights * second(text).doit().subs(q, variance)
    gram = kernel(text).doit().subs(q, variance)
    return (bias + weights * gram) / variance


def _monotone_convex():
    box = {rho: (0, R(99, 100)), q: (R(1, 10), 3)}
    for text in ("erf", "gelu", "relu"):
        gram = kernel(text).doit()
        yield Certified(gram.diff(rho) > 0, box)
    for text in ("gelu", "relu"):
        yield Certified(kernel(text).doit().diff(rho, 2) > 0, box)
    # erf is odd, so C'' vanishes at 0 and is positive beyond
    yield Certified(kernel("erf").doit().diff(rho, 2) > 0, box | {rho: (R(1, 100), R(99, 100))})
    yield Symbolic(
        E2(function("gelu"), function("gelu"), q, q, sp.S.Zero), E(function("gelu"), q) ** 2
    )
    # chi_1 < 1: no other fixed point, because C - c falls to 0 from above
    ordered = _at("erf", R(1, 2), R(9, 10))
    yield Certified(ordered > rho, {rho: (0, R(9, 10))})
    yield Certified(ordered.diff(rho) < 1, {rho: (R(9, 10), 1)})
    # chi_1 > 1: exactly one more, and it attracts
    chaotic = _at("erf", R(1, 2), R(11, 10))
    yield CertifiedRoots(chaotic - rho, rho, 0, R(1, 4), 1)
    yield Certified(chaotic.diff(rho) < 1, {rho: (0, R(1, 4))})
    yield Certified(chaotic < rho, {rho: (R(1, 4), R(999, 1000))})
    yield Certified(chaotic.diff(rho) > 1, {rho: (R(999, 1000), 1)})
    # odd phi without bias: concave on [-1, 0], c = -1 is fixed, c = 0 too
    centred = _at("erf", R(1, 2), 1, centred=True)
    yield Symbolic(centred.subs(rho, -1), -1)
    yield Symbolic(centred.subs(rho, 0), 0)
    yield Certified(centred.diff(rho, 2) < 0, {rho: (R(-99, 100), R(-1, 100))})


CONVEX = Claim(
    "mf.c-monotone-convex",
    r"$C$ is increasing and convex on $[0,1]$, because $G_q(c) = \sum_n a_n^2 c^n$. Hence for "
    r"non-affine $\phi$: $\chi_1 \le 1$ makes $c^* = 1$ the only fixed point in $[0,1]$, "
    r"$\chi_1 > 1$ gives exactly one more, which attracts; it is 0 iff $\sigma_b = 0$ and "
    r"$E\phi = 0$. For odd $\phi$ without bias $C$ is concave on $[-1,0]$ and $c=-1$ is fixed.",
    "Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232",
    _monotone_convex,
    (
        Mutation(
            "C is convex on all of [-1, 1] (erf)",
            lambda: Certified(
                _at("erf", R(1, 2), 1, centred=True).diff(rho, 2) >= 0,
                {rho: (-R(9, 10), R(9, 10))},
            ),
        ),
        Mutation(
            "c = 1 is the only fixed point in [-1, 1] (erf without bias)",
            lambda: CertifiedRoots(
                _at("erf", R(1, 2), 1, centred=True) - rho, rho, -R(9, 10), R(9, 10), 0
            ),
        ),
        Mutation(
            "no fixed point below 1 when chi_1 = 11/10 (erf)",
            lambda: Certified(_at("erf", R(1, 2), R(11, 10)) > rho, {rho: (0, R(999, 1000))}),
        ),
    ),
)


# ---------------------------------------------------------------- kernels


def _relu_kernel():
    return q / (2 * sp.pi) * (sp.sqrt(1 - rho**2) + rho * (sp.pi - sp.acos(rho)))


def _gelu_kernel(extra=rho**2):
    first = q * rho * (R(1, 4) + sp.asin(q * rho / (1 + q)) / (2 * sp.pi))
    root = sp.sqrt((1 + q) ** 2 - q**2 * rho**2)
    return first + q**2 * (1 + q - q * rho**2 + extra) / (2 * sp.pi * (1 + q) * root)


def _elu_kernel(alpha):
    s, density = sp.sqrt(q), lambda t: sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    both = sp.exp(q * (1 + rho)) * Phi2(-s * (1 + rho), -s * (1 + rho), rho)
    both += -2 * sp.exp(q / 2) * Phi2(-s, -s * rho, rho) + Phi2(0, 0, rho)
    mixed = q * rho * (Phi(-s) - Phi2(-s * rho, -s, rho))
    mixed += s * (density(s * rho) * Phi(-s * sp.sqrt(1 - rho**2)) - rho / 2 * density(s))
    mixed = sp.exp(q / 2) * mixed - s * (1 - rho) / (2 * sp.sqrt(2 * sp.pi))
    return _relu_kernel() + alpha**2 * both + 2 * alpha * mixed


def _power_kernel(p):
    front = 2 ** (p + 1) / sp.pi * sp.gamma(1 + p / 2) ** 2 * q**p * rho
    return front * sp.hyper([(1 - p) / 2, (1 - p) / 2], [R(3, 2)], rho**2)


def _stated_kernels():
    """Activation text and the kernel that the literature states for it."""
    w = sp.sqrt(1 - rho**2)
    gauss = (1 + q) ** 2 - q**2 * rho**2
    yield "relu", _relu_kernel()
    yield "max(x,0) + min(x,0)/5", R(16, 25) * _relu_kernel() + q * rho / 5
    yield "abs(x)", 2 * q / sp.pi * (w + rho * sp.asin(rho))
    double = 3 * rho * w + (1 + 2 * rho**2) * (sp.pi - sp.acos(rho))
    yield "max(x,0)**2", q**2 / (2 * sp.pi) * double
    yield "step(x)", R(1, 4) + sp.asin(rho) / (2 * sp.pi)
    yield "erf(x)", 2 / sp.pi * sp.asin(2 * q * rho / (1 + 2 * q))
    yield "Phi(x)", R(1, 4) + sp.asin(q * rho / (1 + q)) / (2 * sp.pi)
    yield "gelu", _gelu_kernel()
    yield "sin(2*x)", sp.exp(-4 * q) * sp.sinh(4 * q * rho)
    yield "cos(2*x)", sp.exp(-4 * q) * sp.cosh(4 * q * rho)
    a = R(7, 10)
    wave = 1 - 2 * sp.exp(-2 * a**2 * q) + sp.exp(-4 * a**2 * q) * sp.cosh(4 * a**2 * q * rho)
    yield "x + sin(7*x/10)**2*10/7", q * rho + wave / (4 * a**2)
    yield "exp(x)", sp.exp(q * (1 + rho))
    yield "exp(-x**2/2)", 1 / sp.sqrt(gauss)
    yield "x*exp(-x**2/2)", q * rho * gauss ** R(-3, 2)
    yield "x**2", q**2 * (1 + 2 * rho**2)
    yield "x**3", q**3 * (9 * rho + 6 * rho**3)


def _kernels():
    """Each stated kernel as an identity with the derived one; a few against integration."""
    for text, stated in _stated_kernels():
        yield Symbolic(kernel(text).doit(), stated.rewrite(sp.asin))
    for text, stated in (("gelu", _gelu_kernel()), ("erf(x)", None), ("sin(2*x)", None)):
        stated = dict(_stated_kernels())[text] if stated is None else stated
        for point in PAIR:
            yield CertifiedValue(kernel(text), stated, point, digits=12)
    for point in PAIR:
        stated = _elu_kernel(R(13, 10))
        derived = kernel("piecewise((x, x > 0), (13/10*(exp(x) - 1), True))").doit()
        yield CertifiedValue(derived, stated, point, digits=30)


def _kernels_full():
    """ELU and the powers against nested certified integration."""
    text = "piecewise((x, x > 0), (13/10*(exp(x) - 1), True))"
    yield CertifiedValue(kernel(text), _elu_kernel(R(13, 10)), PAIR[0], digits=8)
    yield CertifiedValue(kernel("relu"), _relu_kernel(), PAIR[1], digits=8)
    power = kernel("sign(x)*abs(x)**(3/2)")
    yield CertifiedValue(power, _power_kernel(R(3, 2)), PAIR[0], digits=6)


KERNELS = Claim(
    "mf.kernels",
    r"Closed forms of $G_q(c) = E\phi(u)\phi(v)$ for ReLU, leaky ReLU, $|x|$, $x_+^2$, the step, "
    r"erf, $\Phi$, GELU, sine, cosine, Snake, $e^x$, two Gaussians, $x^2$, $x^3$, ELU and "
    r"$\mathrm{sgn}(x)|x|^p$.",
    "Cho and Saul 2009; Williams 1996; derived here by tilting, Stein's lemma and orthants",
    _kernels,
    (
        Mutation(
            "GELU: the numerator without + c^2",
            lambda: Symbolic(kernel("gelu").doit(), _gelu_kernel(sp.S.Zero)),
        ),
        Mutation(
            "erf with q c/(1 + q)",
            lambda: Symbolic(kernel("erf(x)").doit(), 2 / sp.pi * sp.asin(q * rho / (1 + q))),
        ),
        Mutation(
            "sine with cosh",
            lambda: Symbolic(kernel("sin(2*x)").doit(), sp.exp(-4 * q) * sp.cosh(4 * q * rho)),
        ),
        Mutation(
            "cosine with sinh",
            lambda: Symbolic(kernel("cos(2*x)").doit(), sp.exp(-4 * q) * sp.sinh(4 * q * rho)),
        ),
    ),
    full=_kernels_full,
)


# ---------------------------------------------------------------- moments of GELU


def _gelu_bend(middle=-(q**2)):
    return q * (2 + 3 * q + middle) / (2 * sp.pi * (1 + q) ** 2 * (1 + 2 * q) ** R(3, 2))


def _gelu_moments():
    arc = sp.asin(q / (1 + q)) / (2 * sp.pi)
    square = q / 4 + q * arc + q**2 / (sp.pi * (1 + q) * sp.sqrt(1 + 2 * q))
    steep = R(1, 4) + arc + q * (5 * q + 3) / (2 * sp.pi * (1 + q) * (1 + 2 * q) ** R(3, 2))
    ratio = q / (1 + 2 * q)
    phi = function("gelu")
    bent = (4 - 4 * ratio + 3 * ratio**2) / (2 * sp.pi * sp.sqrt(1 + 2 * q))
    stated = (square, steep, _gelu_bend(), bent)
    nodes = (phi**2, phi.diff(x) ** 2, phi * phi.diff(x, 2), phi.diff(x, 2) ** 2)
    for node, form in zip(nodes, stated, strict=True):
        yield Symbolic(E(node, q).doit(), form)
        for variance in (R(1, 2), 2):
            yield CertifiedValue(E(node, q), form, {q: variance}, digits=25)
    yield Symbolic(E(phi * phi.diff(x, 2), q).doit().subs(q, (3 + sp.sqrt(17)) / 2), 0)


GELU = Claim(
    "mf.gelu-moments",
    r"For GELU, $E\phi^2$, $E\phi'^2$, $E\phi''^2$ are elementary and "
    r"$E\phi\phi'' = \frac{q(2+3q-q^2)}{2\pi(1+q)^2(1+2q)^{3/2}}$, which changes sign at "
    r"$q = (3+\sqrt{17})/2$.",
    "derived here; Hendrycks and Gimpel 2016, arXiv:1606.08415, for the function",
    _gelu_moments,
    (
        Mutation(
            "2 + 3q + q^2 in E[phi phi'']",
            lambda: Symbolic(
                E(function("gelu") * function("gelu").diff(x, 2), q).doit(), _gelu_bend(q**2)
            ),
        ),
    ),
)


MAPS = (VPRIME, CONVEX, KERNELS, GELU)
