r"""The claim on the first gradients of the two classes in a network with a full bias.

Derived here, for the networks of A. Bassi, M. Baity-Jesi, A. Lucchi, C. Albert and E. Francazi,
arXiv:2505.12096.
"""

from functools import lru_cache

import sympy as sp

from theory.guessing.class_gradient import class_gradient
from theory.special import sigmoid
from theory.symbols import q

from ..checks import Statistical, Symbolic
from ..statement import Claim, Mutation
from .enclosures import Balls, ball, printed

__all__ = ["GRADIENT"]

R = sp.Rational
_AREA = sp.log(2) - R(1, 2)

#: q: favoured, its asymptote, unfavoured.
_TABLE = {
    10: ("0.0337858589491", "0.0344598542804", "0.800436583561"),
    100: ("0.0108749613243", "0.0108971627364", "0.933162294516"),
    10**4: ("0.00108969396787", "0.00108971627364", "0.993268874144"),
}


# ---------------------------------------------------------------- integrals


def _moment(variance, favoured=True, power=0):
    """int_0^oo t^power f(t) exp(-t^2/(4q)) dt/sqrt(pi q) for f = s(-t)^2 or 1 - s(t)^2.

    f is below 2 exp(-t), so that beyond t = 200 less than 1e-70 is left for q >= 10.
    """
    from flint import acb, arb

    scale = ball(variance)

    def integrand(t, _):
        e = (-t).exp()
        f = (e / (1 + e)) ** 2 if favoured else e * (2 + e) / (1 + e) ** 2
        return t**power * f * (-t * t / (4 * scale)).exp()

    area = acb.integral(integrand, 0, 200).real + arb(0, "1e-70")
    return area / (arb.pi() * scale).sqrt()


def _favoured(variance):
    return _moment(variance)


def _unfavoured(variance):
    return 1 - _moment(variance, favoured=False)


def _enclosed(expr):
    from numerics.enclosure import enclose

    return enclose(expr, digits=25).ball()


@lru_cache(maxsize=8)
def _toolkit(variance):
    return class_gradient(variance)


# ---------------------------------------------------------------- the claim


def _class_gradient():
    yield from _loss()
    yield from _table()
    yield from _constants()
    yield from _asymptotics()
    yield from _networks()


def _loss():
    """The gradient of -log softmax of the right class, at the outputs."""
    one, two = sp.symbols("Y_1 Y_2", real=True)
    delta = one - two
    loss = -sp.log(sp.exp(one) / (sp.exp(one) + sp.exp(two)))
    yield Symbolic(loss.diff(one), -1 / (1 + sp.exp(delta)))
    yield Symbolic(loss.diff(two), 1 / (1 + sp.exp(delta)))
    yield Symbolic(sigmoid(-delta), 1 / (1 + sp.exp(delta)))
    other = -sp.log(sp.exp(two) / (sp.exp(one) + sp.exp(two)))
    yield Symbolic(other.diff(one) ** 2, 1 / (1 + sp.exp(-delta)) ** 2)
    # s(t) + s(-t) = 1 leaves E (s(Delta)^2 + s(-Delta)^2) below 1
    yield Symbolic(sigmoid(delta) + sigmoid(-delta), 1)


def _table():
    for variance, (favoured, asymptote, unfavoured) in _TABLE.items():
        found = _toolkit(variance)
        for name, expr, stated, digits in (
            ("favoured", found.favoured, _favoured, favoured),
            ("unfavoured", found.unfavoured, _unfavoured, unfavoured),
        ):
            what = f"{name}, q = {variance}"
            yield Balls(lambda e=expr: _enclosed(e), lambda f=stated, v=variance: f(v), 20, what)
            figures = len(digits.replace(".", "").lstrip("0")) - 1
            yield Balls(
                lambda f=stated, v=variance: f(v), lambda d=digits: printed(d), figures, what
            )
        value = found.favoured_asymptote
        figures = len(asymptote.replace(".", "").lstrip("0")) - 1
        yield Balls(
            lambda e=value: ball(sp.N(e, 40)), lambda d=asymptote: printed(d), figures, "asymptote"
        )


def _constants(area=_AREA):
    """With u = exp(-t) both areas are integrals of rational functions."""
    u = sp.Symbol("u", positive=True)
    yield Symbolic(sp.integrate(u / (1 + u) ** 2, (u, 0, 1)), area)
    rest = sp.integrate(sp.cancel((1 - 1 / (1 + u) ** 2) / u), (u, 0, 1))
    yield Symbolic(rest, sp.log(2) + R(1, 2))
    found = class_gradient()
    yield Symbolic(found.favoured_asymptote, area / sp.sqrt(sp.pi * q))
    yield Symbolic(found.unfavoured_asymptote, 1 - (sp.log(2) + R(1, 2)) / sp.sqrt(sp.pi * q))


def _asymptotics(area=_AREA):
    r"""0 < area/sqrt(pi q) - favoured < J/(4 q sqrt(pi q)), as 0 < 1 - exp(-a) < a.

    J = int_0^oo t^2 s(-t)^2 dt = 3 zeta(3)/2 - pi^2/6; the error is its q-th part up to order 1/q.
    """
    curvature = 3 * sp.zeta(3) / 2 - sp.pi**2 / 6
    yield Balls(lambda: _error(10**30, area), lambda: _around(curvature), 20, "J")
    for variance in (10, 100, 10**4):
        yield _within(variance, area)
    # the other class: 1 - (log 2 + 1/2)/sqrt(pi q) is a lower bound
    for variance in (10, 100, 10**4):
        lower = 1 - (sp.log(2) + R(1, 2)) / sp.sqrt(sp.pi * variance)
        yield bool(_unfavoured(variance) > ball(sp.N(lower, 40)))


def _around(value):
    """A ball of radius 1e-25."""
    from flint import arb

    return ball(sp.N(value, 60)) + arb(0, "1e-25")


def _error(variance, area):
    """4 q sqrt(pi q) times the distance to the asymptote."""
    from flint import arb, ctx

    with ctx.workprec(700):
        scale = ball(variance)
        root = (arb.pi() * scale).sqrt()
        distance = ball(sp.N(area, 200)) - _favoured(variance) * root
        return 4 * scale * distance


def _within(variance, area):
    from flint import ctx

    with ctx.workprec(240):
        error, limit = _error(variance, area), ball(sp.N(3 * sp.zeta(3) / 2 - sp.pi**2 / 6, 60))
        return bool(0 < error < limit)


def _networks():
    """Small weights and large biases: every input has the same outputs, q = 10.05."""
    variance = R(10) / (1 - R(1, 200))
    yield _trained(True, lambda: _favoured(variance))
    yield _trained(False, lambda: _unfavoured(variance))


def _trained(favoured, expected, samples=3000):
    """Squared gradients at the output by back-propagation in ReLU networks of width 16."""
    from flint import ctx

    with ctx.workprec(100):
        value = float(expected().mid())

    def sampler(generator, count):
        import numpy as np

        from numerics.guessing.mlp import drawn_classifier

        found = np.empty(count)
        for k in range(count):
            net = drawn_classifier(
                lambda z: np.maximum(z, 0), lambda z: z > 0, [16, 16, 16, 2], 0.01, 10, generator
            )
            inputs = generator.standard_normal((16, 5))
            guess = net.outputs(inputs).mean(axis=1).argmax()
            labels = np.full(5, guess if favoured else 1 - guess)
            found[k] = float(net.gradients(inputs, labels)[2][-1][0, 0]) ** 2
        return found

    # differences between inputs and networks of one variance are of the order 1e-3
    return Statistical(sampler, value, samples, bias=5e-4)


CLASS_GRADIENT = Claim(
    "igb.class-gradient",
    r"Logistic loss on $\Delta = Y_1 - Y_2 \sim N(0, 2q)$, the same for all inputs in deep "
    r"prejudice: the mean squared output gradient is $E\,s(-|\Delta|)^2$ for the favoured and "
    r"$E\,s(|\Delta|)^2$ for the other class, $s$ the sigmoid. For $q \to \infty$ they are "
    r"$(\log 2-\frac12)/\sqrt{\pi q}$ and $1 - (\log 2+\frac12)/\sqrt{\pi q}$: only the gradients "
    r"of the class that is never guessed stay.",
    "derived here, for the gradients per class in Bassi et al., arXiv:2505.12096",
    _class_gradient,
    (
        Mutation(
            "both classes have the same gradient",
            lambda: Balls(lambda: _enclosed(_toolkit(10).favoured), lambda: _unfavoured(10)),
        ),
        Mutation(
            "both classes have the same gradient, in networks",
            lambda: _trained(True, lambda: _unfavoured(10), samples=500),
        ),
        Mutation("log 2 instead of log 2 - 1/2", lambda: list(_constants(sp.log(2)))),
        Mutation("log 2 instead of log 2 - 1/2, at q = 10^4", lambda: _within(10**4, sp.log(2))),
    ),
)

GRADIENT = (CLASS_GRADIENT,)
