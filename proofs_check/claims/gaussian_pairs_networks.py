r"""Claims on finite networks of exact pairs: neurons share inputs, inputs share weights.

Source: that pre-activations must be independent is the assumption of P. Wolinski and J. Arbel,
arXiv:2205.12379; what happens without it is derived here.
"""

import sympy as sp

from theory import weights as laws
from theory.gaussian_pair import GaussianPair
from theory.symbols import rho

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .gaussian_pairs_distances import Distance, output
from .gaussian_pairs_tools import normal_mean, weibull_pair

__all__ = ["PAIR_NETWORKS"]

R = sp.Rational

#: theta: the excess kurtosis of widths [1, 2, 1].
KURTOSIS = {
    "41/20": "0.40313667",
    "5/2": "0.70460940",
    "3": "1.01208137",
    "4": "1.50257769",
    "7": "2.27283163",
    "10": "2.58138067",
}


# ---------------------------------------------------------------- dependence


def _compiled(pair):
    from numerics.compile import compile

    return compile(pair)


def _excess(theta, architecture, kind="odd"):
    from numerics.pair_kurtosis import excess_kurtosis

    return excess_kurtosis(weibull_pair(theta, kind), architecture).value


def _nested(theta):
    """3 (m^2 E h(phi(X))^2 - 1), h(y) = E phi(W y)^2, by sums over |X| and |W| = E^{1/theta}."""
    import numpy as np

    phi, power = _compiled(weibull_pair(theta)), 1 / float(R(theta))
    gain = float(sp.gamma(1 + 2 * sp.S(R(1)) / R(theta)))
    t = np.arange(-3.7, 4.5, 1 / 24)
    e = np.exp(t - np.exp(-t))
    mass = e * (1 + np.exp(-t)) / 24 * np.exp(-e)

    def h(y):
        return phi(np.outer(y, e**power)) ** 2 @ mass

    return 3 * (gain**2 * normal_mean(lambda x: h(phi(x)) ** 2) - 1)


def _dependence():
    yield from _row("3")
    # theta = 2, positive: phi^2 = 1 - an odd function, so h = 1
    half = sp.Symbol("h", real=True)
    yield Symbolic(sp.cos(sp.pi * (R(1, 2) + half)) + sp.cos(sp.pi * (R(1, 2) - half)), 0)
    yield Numeric(lambda _: _excess("2", [1, 2, 1], "positive"), 0, [{}], digits=9, absolute=True)
    yield Numeric(lambda _: _excess("3", [1, 1, 1]), 0, [{}], digits=12, absolute=True)
    # Var of a sum: kappa_4 = 3 (1 - 1/n) m^2 Cov
    yield _by_width("3", 5, R(4, 5))
    yield from _many_inputs()
    yield _networks("3", 2, R(KURTOSIS["3"]))
    yield Distance(output(3, 1, 2), 0.0724, 200_000)
    yield Distance(output(3, 1, 1), 0.0, 200_000, spread=1e-4)


def _row(theta):
    stated = R(KURTOSIS[theta])
    yield Numeric(lambda _: _excess(theta, [1, 2, 1]), stated, [{}], digits=7)
    yield Numeric(lambda _: _nested(theta) / 2, stated, [{}], digits=7)


def _by_width(theta, width, factor):
    nested = lambda _: _nested(theta) * float(factor)  # noqa: E731
    return Numeric(lambda _: _excess(theta, [1, width, 1]), nested, [{}], digits=7)


def _many_inputs(power=1):
    """n_0 kappa_4 -> 3 (1 - 1/n) V'(1)^2 (3/kappa_W - 1) = 1.5182 (1 - 1/n), theta = 3."""
    slope = R("0.693128028930")
    leading = 3 * slope**2 * (3 / laws.Weibull(3).kurtosis - 1)
    yield Numeric(leading, R("1.5182"), [{}], digits=4)
    large = 1024
    yield Numeric(
        lambda _: 2 * _excess("3", [large, 2, 1]) * large ** float(power), leading, [{}], digits=3
    )


def _networks(theta, width, stated, samples=400_000):
    """E O^4 - 3 over networks of one input."""
    phi, power = _compiled(weibull_pair(theta)), 1 / float(R(theta))

    def sampler(generator, count):
        import numpy as np

        def weights(shape):
            sign = np.where(generator.random(shape) < 0.5, -1, 1)
            return sign * generator.exponential(size=shape) ** power

        z = weights((count, width)) * phi(generator.standard_normal((count, 1)))
        return ((weights((count, width)) * phi(z)).sum(axis=1) / np.sqrt(width)) ** 4 - 3

    return Statistical(sampler, stated, samples)


DEPENDENCE = Claim(
    "gp.dependence",
    r"Neurons of a layer share their inputs: they are uncorrelated but dependent. For widths $[1, "
    r"n, 1]$ the output of an exact pair has excess kurtosis $3(1-\frac1n)[m_2^2E\,h(\varphi(X))"
    r"^2 - 1] \ge 0$, $h(y) = E\varphi(Wy)^2$, which is 0 for $n = 1$ and does not vanish for $n "
    r"\to \infty$; for $\theta = 3$, $n = 2$ it is $1.01208137$, and the KS distance to $N(0,1)$ "
    r"is $0.0724$. With $n_0$ inputs it decays like $3(1-\frac1n)V'(1)^2(3/\kappa_W-1)/n_0$. For "
    r"$\theta = 2$ and the positive activation it is 0.",
    "derived here, on the assumption of Wolinski & Arbel, arXiv:2205.12379",
    _dependence,
    (
        Mutation("without the factor 1 - 1/n", lambda: _by_width("3", 2, 1)),
        Mutation("decay n_0^(-1/2)", lambda: _many_inputs(R(1, 2))),
        Mutation(
            "the output of widths [1, 2, 1] is normal",
            lambda: Distance(output(3, 1, 2), 0.0, 200_000),
        ),
        Mutation("the output is normal: kurtosis 3", lambda: _networks("3", 2, 0)),
    ),
    full=lambda: [*[_row(theta) for theta in KURTOSIS], _networks("3", 2, KURTOSIS["3"], 10**7)],
)


# ---------------------------------------------------------------- two inputs


def _joint():
    pair = GaussianPair(weights=laws.Chi(3))
    curve = 6 / sp.pi * sp.asin(rho / 2)
    yield Symbolic(pair.mean_field.correlation_map, curve)
    yield _fourth_of(pair.weights.kurtosis)
    theta = sp.Symbol("theta", positive=True)
    kurtosis = sp.gamma(1 + 4 / theta) / sp.gamma(1 + 2 / theta) ** 2
    yield Symbolic(laws.Weibull(theta).kurtosis, kurtosis)
    numbers = weibull_pair("3").mean_field.numbers(12)
    yield Numeric(numbers.joint_fourth_moment(0), kurtosis.subs(theta, 3), [{}], digits=8)
    yield Numeric(
        numbers.joint_fourth_moment(R(1, 2)), lambda _: _fourth("3", 0.5), [{}], digits=6
    )
    # one layer is C exactly; the second is not C(C(c))
    yield Numeric(numbers.correlation(R(1, 2)), R("0.49232"), [{}], digits=5)
    yield Numeric(numbers.correlation(R("0.49232")), R("0.48468"), [{}], digits=4)
    yield _chain(1, "0.49232", 1_000_000)
    yield _chain(2, "0.4769", 1_000_000)


def _fourth_of(stated):
    """E W^4 (E phi^2)^2 at c = 0 for Maxwell weights, by integrating erf^2."""
    t = sp.Symbol("t", positive=True)
    second = sp.integrate(t**2, (t, 0, 1))  # E U^2, U = |erf(X/sqrt 2)| uniform
    return Symbolic(laws.Chi(3).abs_moment(4) * second**2, stated)


def _fourth(theta, c):
    """E W^4 E phi(X_1)^2 phi(X_2)^2 by a sum over the plane."""
    import numpy as np

    phi = _compiled(weibull_pair(theta))
    step = 1 / 24
    x = (np.arange(-8 * 24, 8 * 24) + 0.5) * step
    mass = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * step
    second = c * x[:, None] + np.sqrt(1 - c * c) * x[None, :]
    inner = phi(second) ** 2 @ mass
    fourth = float(laws.Weibull(R(theta)).abs_moment(4))
    return fourth * float(mass @ (phi(x) ** 2 * inner))


def _chain(layers, stated, samples):
    """E of the product of two inputs of correlation 1/2 after layers of one neuron, theta = 3."""
    phi = _compiled(weibull_pair("3"))

    def sampler(generator, count):
        import numpy as np

        z = generator.standard_normal((2, count))
        z[1] = z[0] / 2 + np.sqrt(0.75) * z[1]
        for _ in range(layers):
            z = generator.exponential(size=count) ** (1 / 3) * phi(z)  # signs cancel
        return z[0] * z[1]

    return Statistical(sampler, R(stated), samples, bias=1e-4 if layers == 1 else 6e-4)


JOINT = Claim(
    "gp.joint",
    r"For two inputs of correlation $c$ and the same weights $(W\varphi(X_1), W\varphi(X_2))$ has "
    r"margins $N(0,1)$ and covariance $C(c)$, but is not jointly Gaussian: $EG_1^2G_2^2 = "
    r"EW^4E\varphi(X_1)^2\varphi(X_2)^2$, which is $\kappa_W$, not 1, at $c = 0$. $C$ holds for "
    r"one layer: at width 1, $\theta = 3$, $c = 1/2$ becomes $0.49232$, then $0.4769$, not "
    r"$C(C(c)) = 0.48468$.",
    "derived here, on the assumption of Wolinski & Arbel, arXiv:2205.12379",
    _joint,
    (
        Mutation(
            "C(C(c)) is the correlation after two layers of width 1",
            lambda: _chain(2, "0.48468", 1_000_000),
        ),
        Mutation("jointly Gaussian: E G_1^2 G_2^2 = 1 at c = 0", lambda: _fourth_of(1)),
    ),
    full=lambda: [
        _chain(1, "0.4925", 6_000_000),
        _chain(2, "0.4769", 6_000_000),
        _chain(3, "0.4608", 6_000_000),
        _chain(4, "0.4454", 6_000_000),
    ],
)

PAIR_NETWORKS = (DEPENDENCE, JOINT)
