r"""The claim on the map of covariance for weights that are correlated within a row.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

import sympy as sp

from theory.gaussian import E2
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_maps import projection, quadratic, theory
from .correlated_networks import deep_pairs, layer_products, product
from .correlated_tools import next_pair
from .moments import function

__all__ = ["CORRELATED_COVARIANCE"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)

_STATES = ((0.8, 2.1, 0.35), (1.3, 1.3, -0.4))
_WEIGHT, _BIAS = 1.5, 0.2


def _covariances(texts, shared=None, kappas=(1, -0.7)):
    """The toolkit's map at unequal variances against integrals in polar coordinates."""
    for text in texts:
        for kappa in kappas:
            for q_a, q_b, c in _STATES:
                found = theory(text).covariance_map.subs(
                    {_K: kappa, q1: q_a, q2: q_b, rho: c, sigma_w2: _WEIGHT, sigma_b2: _BIAS}
                )
                new = next_pair(text, (q_a, q_b, c), kappa, _WEIGHT, _BIAS, shared)
                stated = new[2] * (new[0] * new[1]) ** 0.5
                note = f"{text}, kappa = {kappa}"
                yield Numeric(found.evalf(16), stated, [{}], digits=12, note=note)


def _centred():
    """kappa = 1 is the covariance of phi - E phi; with kappa the difference is (1 - kappa) M^2."""
    for text in ("relu", "gelu", "leaky_relu"):
        centre = sp.Symbol("m", real=True)
        f = function(text) - centre
        average = theory(text).mean.doit()
        at_one = E2(f, f, q, q, rho).doit().subs(centre, average)
        found = theory(text, 1).correlation_map
        yield Symbolic(found, (sigma_b2 + sigma_w2 * at_one) / q)
    for text in ("relu", "gelu", "erf", "softplus"):
        full, kappa = theory(text, 0), theory(text)
        lost = full.mean.subs(q, q1).doit() * full.mean.subs(q, q2).doit()
        drop = full.covariance_map - kappa.covariance_map
        yield Symbolic(sp.expand(drop), sp.expand(_K * sigma_w2 * lost))


#: activation, kappa, (sigma_w2, sigma_b2), start (q, c), printed (q, c) of five layers.
_PATHS = (
    (
        "silu", R(7, 10), (2, R(1, 10)), (1, R(3, 10)),
        ".7518 .3814 .5729 .4725 .4487 .5720 .3655 .6728 .3116 .7648", 4,
    ),
    (
        "gelu", 1, (2, R(1, 10)), (1, R(3, 5)),
        ".791 .589 .638 .596 .526 .622 .445 .662 .387 .711", 3,
    ),
)  # fmt: skip


def _paths(shared=None):
    """Five layers: the toolkit, the maps iterated in polar coordinates, printed digits."""
    from numerics.propagate import propagate

    for text, kappa, (weight, bias), (start, c0), digits, places in _PATHS:
        printed = [R("0" + number) for number in digits.split()]
        found = propagate(
            theory(text, kappa), weight, bias, depth=5, q0=float(start), c0=float(c0)
        )
        state = (float(start), float(start), float(c0))
        for layer in range(1, 6):
            state = next_pair(text, state, float(kappa), float(weight), float(bias), shared)
            for name, theirs, ours, stated in (
                ("q", found.q[layer], state[0], printed[2 * layer - 2]),
                ("c", found.c[layer], state[2], printed[2 * layer - 1]),
            ):
                note = f"{text}, {name} of layer {layer}"
                yield Numeric(float(theirs), ours, [{}], digits=11, note=note)
                if shared is None:
                    unit = 0.51 * 10.0**-places
                    yield Between(ours, stated - unit, stated + unit, f"{note}, printed")


def _covariance_samples(texts, factor, samples=4000):
    for text in texts:
        for kappa in (0.5, 1.0):
            expected = factor(text, kappa)
            yield layer_products(text, _STATES[0], kappa, expected, samples=samples)


def _product_factor(text, kappa):
    return product(text, _STATES[0], kappa, width=16)


def _all_subtracted(text, kappa):
    return (1 - kappa) * product(text, _STATES[0], 0.0)


def _deep_cosines(width=1000, networks=40):
    """Cosines after five layers of wide networks against the map iterated."""
    for text, kappa in (("relu", 0.5), ("gelu", 0.5), ("gelu", 1.0), ("relu", 1.0)):
        state = (1.0, 1.0, 0.6)
        for _ in range(5):
            state = next_pair(text, state, kappa, 2.0, 0.1)

        def sampler(generator, count, text=text, kappa=kappa):
            setting = (text, kappa, (2.0, 0.1), (1.0, 0.6), 5, width)
            return deep_pairs(generator, count, *setting)[1][:, -1]

        yield Statistical(sampler, state[2], networks, bias=5 / width)


def _cov_map():
    yield from projection()
    yield from quadratic()
    yield from _covariances(("relu", "gelu", "leaky_relu"))
    yield from _covariances(("elu",), kappas=(1,))
    yield from _centred()
    yield from _paths()
    yield from _covariance_samples(("relu", "gelu", "softplus"), _product_factor)


COV_MAP = Claim(
    "corr.cov-map",
    r"$q_{ab}' = \sigma_b^2 + \sigma_w^2(E\phi\phi' - \kappa\,E\phi(\sqrt{q_a}Z)\,"
    r"E\phi(\sqrt{q_b}Z))$ for two inputs, and $C(c) = q_{ab}'/V$ at $q_a = q_b = q^*$. At "
    r"$\kappa = 1$ it is the map of the centred activation $\phi - E\phi$ at that $q$.",
    SOURCE,
    _cov_map,
    (
        Mutation(
            "kappa E phi phi' is subtracted",
            lambda: list(_covariances(("relu", "gelu"), lambda both, *_: both)),
        ),
        Mutation(
            "kappa E phi phi' is subtracted, five layers",
            lambda: list(_paths(lambda both, *_: both)),
        ),
        Mutation(
            "kappa E phi phi' is subtracted, given x",
            lambda: list(quadratic(stated=lambda both, _, __: both - _K * both)),
        ),
        Mutation(
            "kappa E phi phi' is subtracted, in layers",
            lambda: list(_covariance_samples(("gelu",), _all_subtracted)),
        ),
    ),
    full=_deep_cosines,
)

CORRELATED_COVARIANCE = (COV_MAP,)
