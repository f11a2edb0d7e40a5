r"""Figures of Gaussian pairs: pre-activations of finite networks beside the usual activations.

Every function draws from ``preactivation_study`` and ``output_sample``, takes the sizes as
arguments and returns a matplotlib Figure that depends on the seed only.  (After P. Wolinski and
J. Arbel, arXiv:2205.12379.)
"""

import numpy as np

from theory.gaussian_pair import GaussianPair

from .compile import compile
from .independence_tests import ks_band, ks_distance
from .preactivation_study import output_sample, preactivation_study

__all__ = ["activation_curves", "distance_by_layer", "distance_table", "two_layer_distances"]

#: Activations that pairs are compared with: (label, activation, weight variance, bias variance).
BASELINES = (("relu", "relu", 2.0, 0.0), ("tanh", "tanh", 1.46, 0.013))


def activation_curves(thetas=(2, "2.5", 3, 4, 10), reach=4.0):
    """Odd and positive activations of Weibull weights for several exponents."""
    figure, axes = _axes(2)
    x = np.linspace(-reach, reach, 401)
    for ax, kind in zip(axes, ("odd", "positive"), strict=True):
        for theta in thetas:
            pair = GaussianPair(theta=theta, kind=kind)
            ax.plot(x, compile(pair.activation)(x), label=rf"$\theta = {theta}$")
        ax.set(xlabel="$x$", ylabel=r"$\varphi(x)$", title=kind)
        ax.legend()
    return figure


def distance_by_layer(width=100, depth=100, theta=3, networks=None, seed=0):
    """KS distance to N(0, 1), variance of the layer and covariance of squares, by layer."""
    figure, axes = _axes(3)
    studies = [("pair", preactivation_study(GaussianPair(theta=theta), width, depth,
                                            networks=networks, seed=seed))]  # fmt: skip
    studies += [
        (label, preactivation_study(phi, width, depth, sigma_w2=gain, sigma_b2=bias,
                                    networks=networks, seed=seed))
        for label, phi, gain, bias in BASELINES
    ]  # fmt: skip
    for label, study in studies:
        for ax, values in zip(
            axes, (study.ks_pooled, study.variance, study.distance_correlation), strict=True
        ):
            ax.plot(study.layers, values, marker=".", label=label)
    pair = studies[0][1]
    axes[0].axhline(pair.pooled_band, color="k", ls=":", label="null band")
    axes[2].plot(pair.layers, pair.distance_band, "k:", label="null band")
    names = "KS distance to N(0, 1)", r"mean of $Z^2$", "distance correlation"
    for ax, name in zip(axes, names, strict=True):
        ax.set(xlabel=r"layer $\ell$", ylabel=name, xscale="log")
    axes[1].set_yscale("log")
    axes[0].legend()
    return figure


def two_layer_distances(thetas=(3, 10), sizes=(1, 2, 3, 5, 10), networks=100_000, seed=0):
    """KS distance of the output of [1, n, 1] to N(0, 1) against n, with its noise."""
    figure, (ax,) = _axes(1)
    for theta in thetas:
        for kind in ("odd", "positive"):
            pair = GaussianPair(theta=theta, kind=kind)
            widths = [[1, n, 1] for n in sizes]
            found = distance_table(pair, widths, networks, seed=seed)
            ax.semilogy(sizes, found, marker=".", label=rf"{kind}, $\theta = {theta}$")
    for label, phi, gain, bias in BASELINES:
        widths = [[1, n, 1] for n in sizes]
        found = distance_table(phi, widths, networks, seed=seed, sigma_w2=gain, sigma_b2=bias)
        ax.semilogy(sizes, found, marker=".", ls="--", label=label)
    ax.axhline(ks_band(networks, 0.01), color="k", ls=":", label="null band, 1 %")
    ax.set(xlabel=r"$n_1$", ylabel="KS distance to N(0, 1)")
    ax.legend()
    return figure


def distance_table(model, architectures, networks=10**6, seed=0, **given) -> list[float]:
    """KS distances to N(0, 1) of outputs of networks of these widths, each of its own sample.

    >>> pair = GaussianPair(theta=2)
    >>> one, two = distance_table(pair, [[1, 1, 1], [1, 2, 1]], networks=50_000)
    >>> one < ks_band(50_000, 1e-6) < two
    True
    """
    return [
        ks_distance(output_sample(model, widths, networks, seed=seed + k, **given))
        for k, widths in enumerate(architectures)
    ]


def _axes(count):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(4.4 * count, 3.4), layout="constrained", squeeze=False
    )
    return figure, axes[0]
