r"""Claims on one layer of the tangent kernel: the recursion, its parametrisation, few layers.

Source: A. Jacot, F. Gabriel and C. Hongler, NeurIPS 2018, arXiv:1806.07572, and S. Hayou,
A. Doucet and J. Rousseau, "Mean-field behaviour of neural tangent kernel for deep neural
networks", arXiv:1905.13654 (P3).  Here K^1 = q^1: all parameters of layers 1 ... L are trained.
"""

from functools import lru_cache

import sympy as sp

from theory.gaussian import E2
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2, x
from theory.tangent import NTK
from theory.tangent.symbols import K, input_dimension

from ..checks import CertifiedValue, Statistical, Symbolic
from ..statement import Claim, Mutation
from .moments import function
from .tangent_tools import compared, digits_of, erf_balls, kernel_balls, relu_balls

__all__ = ["RECURSION"]

R = sp.Rational
N = sp.Symbol("n", positive=True)
WEIGHT, BIAS = R(17, 10), R(3, 10)
#: Two inputs with d = 2, and the covariances sigma_b2 + sigma_w2 <x, x'>/d of their first layer.
INPUTS = ((1.2, 0.5), (0.3, -1.1))
FIRST = {
    q1: BIAS + WEIGHT * R(169, 200),
    q2: BIAS + WEIGHT * R(130, 200),
    rho: (BIAS - WEIGHT * R(19, 200))
    / sp.sqrt((BIAS + WEIGHT * R(169, 200)) * (BIAS + WEIGHT * R(130, 200))),
}  # fmt: skip


def _moments(text):
    """(E phi phi, E phi' phi') by integration of the functions themselves."""
    phi = function(text)
    slope = sp.Heaviside(x, 0) if text == "relu" else phi.diff(x)
    return E2(phi, phi, q1, q2, rho).doit(), E2(slope, slope, q1, q2, rho).doit()


# ---------------------------------------------------------------- recursion


def _stated(text, late=True, weighted=True):
    """The next kernel; ``late`` adds q^l and not q^(l-1), ``weighted`` keeps sigma_w2 in q dot."""
    own, slope = _moments(text)
    added = sigma_b2 + sigma_w2 * own if late else rho * sp.sqrt(q1 * q2)
    return (sigma_w2 if weighted else 1) * slope * K + added


def _recursion():
    for text in ("relu", "erf", "sin"):
        yield Symbolic(NTK(text).recursion.ntk, _stated(text))
        yield Symbolic(NTK(text).kernel(1), rho * sp.sqrt(q1 * q2))
    yield from _unrolled()
    yield _finite_width(_two_more_layers(late=True))


def _unrolled(most=6):
    """K^L = sum_l q^l prod_(k > l) q dot^k, by induction on symbols."""
    covariance, slope = sp.IndexedBase("q"), sp.IndexedBase("p")
    step = slope[2] * covariance[1] + covariance[2]
    kernel = covariance[1]
    for layer in range(2, most + 1):
        kernel = slope[layer] * kernel + covariance[layer]
    total = sum(
        covariance[layer] * sp.prod([slope[k] for k in range(layer + 1, most + 1)])
        for layer in range(1, most + 1)
    )
    yield sp.Eq(sp.expand(kernel - total), 0)
    law = NTK("relu").recursion
    two = law.ntk.subs({K: covariance[1]})
    yield Symbolic(two, step.subs({slope[2]: law.slope, covariance[2]: law.source}))


def _two_more_layers(late=True, weighted=True):
    """K^3 of ReLU at ``FIRST`` by the arcs themselves."""
    first, second, c = FIRST[q1], FIRST[q2], FIRST[rho]
    kernel = c * sp.sqrt(first * second)
    for _ in range(2):
        angle = sp.pi - sp.acos(c)
        scale = sp.sqrt(first * second)
        own = scale * (sp.sqrt(1 - c**2) + c * angle) / (2 * sp.pi)
        image = BIAS + WEIGHT * own
        added = image if late else c * scale
        kernel = (WEIGHT if weighted else 1) * angle / (2 * sp.pi) * kernel + added
        first, second = (BIAS + WEIGHT * v / 2 for v in (first, second))
        c = image / sp.sqrt(first * second)
    return sp.N(kernel, 20)


def _drawn(parametrisation="ntk", width=150, **options):
    """Samples of K^3(x, x') of networks of finite width: sums over all parameters."""

    def sampler(generator, samples):
        from numerics.tangent.empirical import empirical_ntk

        ntk = NTK("relu", parametrisation=parametrisation, **options)
        seed = int(generator.integers(2**31))
        found = empirical_ntk(
            ntk, INPUTS, width=width, depth=3, sigma_w2=WEIGHT, sigma_b2=BIAS, samples=samples,
            seed=seed, threads=1,
        )  # fmt: skip
        return found.values[:, 0, 1]

    return sampler


def _finite_width(expected):
    # at width 150 the mean differs from its limit by less than 3 %
    return Statistical(_drawn(), float(expected), samples=300, bias=0.03)


REC_FFNN = Claim(
    "ntk.rec-ffnn",
    r"$K^1 = q^1$ and $K^l(x,x') = \dot q^{\,l}K^{l-1} + q^l$ with $q^l = \sigma_b^2 + "
    r"\sigma_w^2 E\phi(u)\phi(v)$ and $\dot q^{\,l} = \sigma_w^2 E\phi'(u)\phi'(v)$ at the "
    r"covariance $q^{l-1}$; hence $K^L = \sum_l q^l\prod_{k>l}\dot q^{\,k}$.",
    "Jacot et al. 2018, arXiv:1806.07572; Hayou et al., arXiv:1905.13654, recursion (Lemma 2)",
    _recursion,
    (
        Mutation(
            "q^(l-1) is added instead of q^l",
            lambda: Symbolic(NTK("relu").recursion.ntk, _stated("relu", late=False)),
        ),
        Mutation(
            "q dot without sigma_w2",
            lambda: Symbolic(NTK("relu").recursion.ntk, _stated("relu", weighted=False)),
        ),
        Mutation(
            "q^(l-1) is added, in networks of width 150",
            lambda: _finite_width(_two_more_layers(late=False)),
        ),
        Mutation(
            "q dot without sigma_w2, in networks of width 150",
            lambda: _finite_width(_two_more_layers(weighted=False)),
        ),
    ),
)


# ---------------------------------------------------------------- parametrisation


def _standard():
    for text in ("relu", "erf"):
        recursion = NTK(text, parametrisation="standard", width=N).recursion
        own, slope = _moments(text)
        # d/dw = sqrt(sigma_w2/n) d/dW and d/dbeta = sigma_b d/db: each part over its variance
        weights, biases = sigma_w2 * own, sigma_b2
        source = weights * N / sigma_w2 + biases / sigma_b2
        yield Symbolic(recursion.ntk, sigma_w2 * slope * K + source)
        yield Symbolic(recursion.slope, NTK(text).recursion.slope)
        unbiased = recursion.source.subs(sigma_b2, 0)
        yield Symbolic(unbiased, N * own + 1)
        # first layer: sigma_w2 <x, x'>/d becomes <x, x'>, the bias part 1
        inner = sp.Symbol("s", real=True)
        covariance = sigma_b2 + sigma_w2 * inner / input_dimension
        yield Symbolic(recursion.start.subs({q1: 1, q2: 1, rho: covariance}), inner + 1)
    yield from _wide()


def _standard_networks():
    expected = NTK("relu", parametrisation="standard", width=150).kernel(3)
    values = FIRST | {sigma_w2: WEIGHT, sigma_b2: BIAS, input_dimension: 2}
    yield Statistical(
        _drawn("standard", width=150), float(expected.subs(values)), samples=300, bias=3
    )


def _wide():
    """K/n tends to the recursion with the weight parts of the hidden layers alone."""
    kernel = NTK("erf", parametrisation="standard", width=N).kernel(3)
    law = NTK("erf").recursion
    own, _ = _moments("erf")
    after = {
        q1: law.variance.subs(q, q1),
        q2: law.variance.subs(q, q2),
        rho: law.correlation,
    }
    leading = own.subs(after, simultaneous=True)
    leading += law.slope.subs(after, simultaneous=True) * own
    point = {q1: R(7, 5), q2: R(3, 5), rho: R(1, 3), sigma_w2: 2, sigma_b2: R(1, 5)}
    growth = sp.expand(kernel).coeff(N, 1).subs(point)
    yield CertifiedValue(growth, leading.subs(point))


STANDARD = Claim(
    "ntk.standard-param",
    r"Training $W$ of variance $\sigma_w^2/n$ and $b$ themselves: $K^l_{std} = "
    r"\dot q^{\,l}K^{l-1}_{std} + n_{l-1}E\phi\phi + 1$, with the same $\dot q$ and with the bias "
    r"part 1 even if $\sigma_b = 0$; $K^1_{std} = \langle x,x'\rangle + 1$. The kernel is $O(n)$ "
    r"and the first layer and the biases become negligible in it.",
    "Lee et al. 2019, arXiv:1902.06720; chain rule on Hayou et al., arXiv:1905.13654",
    _standard,
    (
        Mutation(
            "both parametrisations have one kernel",
            lambda: Symbolic(
                NTK("relu", parametrisation="standard", width=N).recursion.ntk,
                NTK("relu").recursion.ntk,
            ),
        ),
        Mutation(
            "the bias part stays sigma_b2",
            lambda: Symbolic(
                NTK("relu", parametrisation="standard", width=N).recursion.source,
                N * _moments("relu")[0] + sigma_b2,
            ),
        ),
    ),
    full=_standard_networks,
)


# ---------------------------------------------------------------- few layers

_EDGE = sp.pi * sp.sqrt(3) / 4, R(1, 2) - sp.sqrt(3) * sp.pi / 12
_RELU_TABLE = {
    "-1/2": ("-0.0576688856224373086", "1.13062213085789677", "2.90781015753625504"),
    "0": ("0.318309886183790672", "1.43039049721036742", "3.15594744892169857"),
    "1/10": ("0.423091193945561762", "1.52475624291985265", "3.23708722319472694"),
    "1/2": ("0.942331114377562691", "2.10711253839662065", "3.79269435621755424"),
    "9/10": ("1.68032873502883643", "3.54595815755137183", "5.81344415029016555"),
}
_ERF_TABLE = {
    "-1/2": ("-0.395884158796307078", "-0.368963285399755245", "0.329054604507166046"),
    "0": ("0.0465501589414455374", "0.355223934407508101", "1.09446395372811532"),
    "1/10": ("0.1332249901305121", "0.500431909708330349", "1.26539033915768639"),
    "1/2": ("0.488984476679198153", "1.15332853295455693", "2.1438272801388327"),
    "9/10": ("0.887173824251245028", "2.12892020224993423", "4.00208942681482715"),
}
_DEPTHS = (2, 5, 10)


def _few_layers():
    two = NTK("relu").critical_kernel(2).subs(q, 1)
    arc = sp.pi / 2 + sp.asin(rho)
    yield Symbolic(two, (sp.sqrt(1 - rho**2) + 2 * rho * arc) / sp.pi)
    yield Symbolic(two.subs(rho, 0), 1 / sp.pi)
    three = NTK("relu").critical_kernel(3).subs({q: 1, rho: 0})
    c = 1 / sp.pi
    angle = sp.pi / 2 + sp.asin(c)
    yield Symbolic(three, c * angle / sp.pi + (sp.sqrt(1 - c**2) + c * angle) / sp.pi)
    slope = 4 * sigma_w2 / (sp.pi * sp.sqrt((1 + 2 * q) ** 2 - 4 * q**2 * rho**2))
    yield Symbolic(NTK("erf").recursion.slope.subs({q1: q, q2: q}), slope)
    yield from _tables()


def _tables(shift=0):
    """Kernels against the recursion in balls and the table; ``shift`` reads another depth."""
    for text, table in (("relu", _RELU_TABLE), ("erf", _ERF_TABLE)):
        for c0, printed_values in table.items():
            yield from compared(
                lambda depth, text=text, c0=c0: _toolkit(text, c0).ntk[depth - 1 + shift].ball(),
                lambda depth, text=text, c0=c0: _printed_recursion(text, c0, depth),
                dict(zip(_DEPTHS, printed_values, strict=True)),
                f"{text}, c0 = {c0}",
            )


def _toolkit(text, c0):
    edge = (2, 0) if text == "relu" else _EDGE
    return digits_of(text, *edge, 10, sp.S.One if text == "relu" else R(1, 2), R(c0))


@lru_cache(maxsize=256)
def _printed_recursion(text, c0, depth):
    from .enclosures import ball

    if text == "relu":
        return kernel_balls(relu_balls(), ball(R(c0)), depth)[0]
    weight, bias, half = ball(_EDGE[0]), ball(_EDGE[1]), ball(R(1, 2))
    return half * kernel_balls(erf_balls(weight, bias, half), ball(R(c0)), depth)[0]


CLOSED_FORMS = Claim(
    "ntk.closed-forms",
    r"ReLU on its edge of chaos, $q = 1$: $K^2(c) = \frac1\pi(\sqrt{1-c^2} + 2c(\pi - \arccos "
    r"c))$, $K^2(0) = 1/\pi$, $K^3(0) = \frac1\pi f'(\frac1\pi) + f(\frac1\pi)$. erf: "
    r"$C'(c) = 4\sigma_w^2/(\pi\sqrt{(1+2q)^2 - 4q^2c^2})$. Kernels of 2, 5 and 10 layers to 18 "
    r"digits for ReLU and for erf at $q = 1/2$.",
    "recursion of Hayou et al., arXiv:1905.13654, in closed form; table computed for this purpose",
    _few_layers,
    (
        Mutation(
            "K^2 = (sqrt(1 - c^2) + c (pi - arccos c))/pi: the first layer is not trained",
            lambda: Symbolic(
                NTK("relu").critical_kernel(2).subs(q, 1),
                (sp.sqrt(1 - rho**2) + rho * (sp.pi / 2 + sp.asin(rho))) / sp.pi,
            ),
        ),
        Mutation("the table counts the layers from 0", lambda: _tables(shift=1)),
    ),
)

RECURSION = (REC_FFNN, STANDARD, CLOSED_FORMS)
