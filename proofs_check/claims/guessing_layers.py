r"""Claims on the bias through the layers: any activation, and linear networks.

Derived here, for networks of A. Bassi, M. Baity-Jesi, A. Lucchi, C. Albert and E. Francazi,
arXiv:2505.12096, and E. Francazi, A. Lucchi and M. Baity-Jesi, arXiv:2306.00809.
"""

import math

import sympy as sp

from theory.guessing import GuessingBias
from theory.guessing.dictionary import first_layer
from theory.symbols import gamma, q, sigma_b2, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .guessing_tools import bias_of, bias_path, drawn_outputs, one_layer, propagated

__all__ = ["LAYERS_OF_BIAS"]

R = sp.Rational
SOURCE = "derived here, for the networks of Bassi et al., arXiv:2505.12096"


# ---------------------------------------------------------------- any activation

#: activation, sigma_w2, sigma_b2, depth, correlation of the inputs
_SETTINGS = (
    ("tanh", 2.48, 0.1, 9, 0.0),
    ("tanh", 1.5, 0.5, 4, 0.3),
    ("relu", 2.0, 0.0, 6, 0.0),
    ("relu", 1.2, 0.4, 6, 0.5),
    ("gelu", 2.5, 0.2, 5, 0.0),
    ("softplus", 1.0, 0.1, 3, 0.1),
)


def _any_activation():
    yield from _first_layers()
    for setting in _SETTINGS:
        yield _output(setting)
    yield from _published()
    yield _guesses(_agreement(bias_of(*_DEEP)))


def _first_layers():
    """Inputs with mean square 1 and c_0 = |mean input|^2: centre and spread of sum_j W_j x_j."""
    c0 = sp.Symbol("c0", positive=True)
    inside = {c0: (R(1, 20), R(19, 20))}
    centre, spread = sigma_b2 + sigma_w2 * c0, sigma_w2 * (1 - c0)
    found = first_layer(c0=c0)
    yield Symbolic(found.gamma, centre / spread, inside)
    yield Symbolic(found.q, centre + spread, inside)
    yield Symbolic(found.c, centre / (centre + spread), inside)
    start = GuessingBias("tanh").first_layer()
    yield Symbolic(start.gamma, sigma_b2 / sigma_w2)
    yield Symbolic(start.c, sigma_b2 / (sigma_w2 + sigma_b2))


def _output(setting, stated=lambda setting: bias_of(*setting)):
    """The toolkit's gamma at the output against averages over the data, then over networks."""
    return Numeric(
        lambda _: propagated(*setting)[-1], stated(setting), [{}], digits=11, note=setting[0]
    )


def _after_activation(setting):
    """The ratio of the last post-activations: what the output layer has not yet added."""
    centre, spread = one_layer(setting[0], *bias_path(*setting)[-2])
    return centre / spread


def _from_zero(setting):
    """The recursion started at c_1 = 0 whatever the biases are."""
    text, weight, bias, depth, _ = setting
    path = (0.0, weight + bias)
    for _ in range(depth - 1):
        centre, spread = one_layer(text, *path)
        path = bias + weight * centre, weight * spread
    return path[0] / path[1]


def _published():
    """Finite networks that were measured: tanh at layer 9, ReLU with four weight layers."""
    from numerics.guessing.class_fraction import class_fraction

    for setting, ratio in (
        (("tanh", 2.48, 0.1, 9), "0.7262"),
        (("relu", 2.0, 0.0, 4), "1.5305"),
    ):
        yield Numeric(propagated(*setting)[-1], R(ratio), [{}], digits=4)
    for ratio, variance, largest in ((0.7262, "0.0691", "0.7246"), (1.49, "0.1021", "0.7816")):
        law = class_fraction(ratio)
        yield Numeric(law.var(), R(variance), [{}], digits=3)
        yield Numeric(law.expected_largest, R(largest), [{}], digits=3)
    yield Numeric(class_fraction(1.49).cdf(0.1), R("0.147"), [{}], digits=2)


_DEEP = ("tanh", 1.5, 0.5, 3, 0.0)


def _agreement(ratio):
    return 0.5 + math.asin(ratio / (1 + ratio)) / math.pi


def _guesses(expected, width=64, samples=3000):
    """How often two inputs get one class, in tanh networks with three weight layers."""
    text, weight, bias, depth, _ = _DEEP

    def sampler(generator, count):
        z = drawn_outputs(generator, count, text, (weight, bias), (depth, 16, 2), width)
        first = z[:, 0::2] > z[:, 1::2]
        return (first[:, :, 0] == first[:, :, 1]).mean(axis=1)

    # the correction of the order depth/width is about 0.003
    return Statistical(sampler, expected, samples, bias=0.01)


F0_ANY = Claim(
    "igb.f0-any-activation",
    r"For any $\phi$: iterate the correlation map of the pre-activations to the output layer; "
    r"$\gamma_{out} = c_{out}/(1-c_{out})$ gives the law of $G_0$. The first layer is linear: "
    r"$q_1 = \sigma_w^2 + \sigma_b^2$, $\gamma_1 = \sigma_b^2/\sigma_w^2$ for centred inputs and "
    r"$\gamma_1 = (\sigma_b^2 + \sigma_w^2c_0)/(\sigma_w^2(1-c_0))$ for inputs of correlation "
    r"$c_0$.",
    SOURCE,
    _any_activation,
    (
        Mutation(
            "the correlation of the last post-activations",
            lambda: [_output(s, _after_activation) for s in _SETTINGS if s[2]],
        ),
        Mutation(
            "the correlation of the last post-activations, in networks",
            lambda: _guesses(_agreement(_after_activation(_DEEP))),
        ),
        Mutation(
            "a start at c_1 = 0 with sigma_b > 0",
            lambda: [_output(s, _from_zero) for s in _SETTINGS if s[2]],
        ),
    ),
    full=lambda: _guesses(_agreement(bias_of(*_DEEP)), width=256, samples=3000),
)


# ---------------------------------------------------------------- linear networks

_Y2 = sp.Symbol("sigma_y2", positive=True)


def _linear_step(growth=sigma_b2 / (sigma_w2 * _Y2)):
    """gamma + growth, where q = (1 + gamma) sigma_y^2."""
    recursion = GuessingBias("linear").recursion
    place = {q: (1 + gamma) * _Y2}
    yield Symbolic(recursion.spread.subs(place), sigma_w2 * _Y2)
    yield Symbolic(recursion.centre.subs(place), sigma_w2 * gamma * _Y2 + sigma_b2)
    yield Symbolic(recursion.ratio.subs(place), gamma + growth)


def _linear():
    yield from _linear_step()
    yield Symbolic(GuessingBias("linear", sigma_b2=0).gamma_recursion, gamma)
    yield from _closed_form()
    yield from _deep_linear()
    yield _linear_networks(lambda layer: sum(0.8**-k for k in range(layer)))


def _closed_form():
    """gamma_l = (sigma_b^2/sigma_w^2) sum_{k < l} sigma_w^(-2k): four layers, and one step."""
    gb = GuessingBias("linear")
    ratio, variance = gb.first_layer().gamma, gb.first_layer().q
    for layer in range(1, 5):
        stated = sigma_b2 / sigma_w2 * sum(sigma_w2**-k for k in range(layer))
        yield Symbolic(ratio, stated)
        place = {gamma: ratio, q: variance}
        ratio = gb.gamma_recursion.subs(place, simultaneous=True)
        variance = gb.recursion.variance.subs(place, simultaneous=True)
    power = sp.Symbol("p", positive=True)  # sigma_w^(2 l) = sigma_y^2 of layer l
    now, then = (sigma_b2 / sigma_w2 * _geometric(p) for p in (power, sigma_w2 * power))
    yield Symbolic(then, now + sigma_b2 / (sigma_w2 * power), {sigma_w2: (R(5, 4), 3)})


def _geometric(power):
    """sum_{k < l} sigma_w^(-2k) with power = sigma_w^(2 l)."""
    return (1 - 1 / power) / (1 - 1 / sigma_w2)


def _deep_linear():
    for weight, bias in ((0.8, 0.3), (1.0, 0.3), (1.7, 0.2)):
        found = propagated("linear", weight, bias, 30)
        grid = [{"l": layer} for layer in (1, 2, 7, 30)]

        def stated(p, weight=weight, bias=bias):
            return bias / weight * sum(weight**-k for k in range(p["l"]))

        yield Numeric(lambda p, f=found: f[p["l"] - 1], stated, grid, digits=12)


def _linear_networks(total, weight=0.8, bias=0.3, layers=4, width=6):
    """Networks of width 6 on N(0, 1) inputs, whose centres and spreads follow from the weights."""
    ratio = bias / weight * total(layers)

    def sampler(generator, count):
        import numpy as np

        centre, matrix = np.zeros((count, width, 1)), np.tile(np.eye(width), (count, 1, 1))
        for _ in range(layers):
            w = generator.standard_normal((count, width, width)) * math.sqrt(weight / width)
            centre = w @ centre + math.sqrt(bias) * generator.standard_normal((count, width, 1))
            matrix = w @ matrix
        spread = (matrix**2).sum(axis=2)
        return (centre[:, :, 0] ** 2 - ratio * spread).mean(axis=1)

    return Statistical(sampler, 0, 8000)


LINEAR = Claim(
    "igb.linear-no-bias-growth",
    r"$\phi = \mathrm{id}$: $\gamma_{l+1} = \gamma_l + \sigma_b^2/(\sigma_w^2\sigma_{y,l}^2)$, "
    r"constant for $\sigma_b = 0$; for inputs of variance 1 $\gamma_l = "
    r"\frac{\sigma_b^2}{\sigma_w^2}\sum_{k=0}^{l-1}\sigma_w^{-2k}$.",
    SOURCE,
    _linear,
    (
        Mutation("gamma is constant when sigma_b > 0", lambda: list(_linear_step(0))),
        Mutation(
            "gamma is constant when sigma_b > 0, in networks",
            lambda: _linear_networks(lambda layer: 1),
        ),
    ),
)


LAYERS_OF_BIAS = (F0_ANY, LINEAR)
