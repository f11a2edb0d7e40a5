r"""How normal and how independent the pre-activations of a finite network are, layer by layer.

Networks of one width with N(0, 1) pre-activations in layer 1 and any law of the weights: the
distance of later layers to N(0, 1), the dependence of the neurons of a layer, and the correlation
of two inputs, each beside what chance alone gives.  For an exact Gaussian pair neurons of layer 2
are exactly N(0, 1); they share their inputs, and what follows is what that does.
(After P. Wolinski and J. Arbel, arXiv:2205.12379.)
"""

import math
from dataclasses import dataclass

import numpy as np

from theory.errors import InputError

from .ensemble import thread_count
from .independence_tests import (
    distance_correlation,
    ks_band,
    ks_distance,
    pair_moment,
    pair_moment_deviation,
)
from .input import finite, whole
from .layer_sampling import in_blocks
from .preactivation_weights import sampler_of
from .random_numbers import key_of
from .result import Provenance, Result

__all__ = ["PreactivationStudy", "output_sample", "preactivation_study", "sampler_of"]

_VERB = "preactivation_study"

#: Weights drawn in all, and networks, if the number of networks is not given.
_BUDGET = 2 * 10**8
_NETWORKS = 1000
#: Pairs of neurons that enter a distance correlation.
_PAIRS = 250


@dataclass(frozen=True, eq=False, repr=False)
class PreactivationStudy(Result):
    """What was measured at ``layers`` (1 is the first), with bands of probability ``false_alarm``.

    ``ks`` is the distance of one neuron of each network to N(0, 1), ``ks_pooled`` that of all
    neurons of all networks.  ``ks_band`` and ``pooled_band`` are exceeded with probability
    ``false_alarm`` per layer if the values are independent N(0, 1).  ``product_moment`` is
    Cov(Z_i^2, Z_j^2) within a layer, ``product_band`` a normal bound of its absolute value under
    independence; ``distance_correlation`` of two neurons has a band from permutations at each
    layer.  ``correlation`` is the mean of Z(x) Z(x') over neurons and networks for two inputs of
    correlation ``c0``, over the mean of Z^2; ``variance`` and ``kurtosis`` are of all neurons.
    """

    label: str
    weights: str
    width: int
    networks: int
    false_alarm: float
    layers: np.ndarray
    ks: np.ndarray
    ks_band: float
    ks_pooled: np.ndarray
    pooled_band: float
    variance: np.ndarray
    kurtosis: np.ndarray
    product_moment: np.ndarray
    product_band: float
    distance_correlation: np.ndarray
    distance_band: np.ndarray
    c0: float
    correlation: np.ndarray
    correlation_error: np.ndarray
    provenance: Provenance

    @property
    def statement(self) -> str:
        """What the bands say, in one sentence."""
        outside = int(np.sum(self.ks > self.ks_band))
        dependent = int(np.sum(self.distance_correlation > self.distance_band))
        return (
            f"of {len(self.layers)} layers, {outside} differ from N(0, 1) and {dependent} have "
            f"dependent neurons, at a false-alarm rate of {self.false_alarm:g} per layer"
        )

    def __repr__(self):
        return f"PreactivationStudy({self.label}, width={self.width}, networks={self.networks})"

    def __str__(self):
        head = f"{self!r}, weights {self.weights}\n  {self.statement}"
        names = "layer", "variance", "KS", "KS pooled", "cov squares", "dist. corr.", "correlation"
        lines = [head, "".join(f"{name:>13}" for name in names)]
        columns = (
            self.variance,
            self.ks,
            self.ks_pooled,
            self.product_moment,
            self.distance_correlation,
            self.correlation,
        )
        for k, layer in enumerate(self.layers):
            cells = "".join(f"{column[k]:>13.5g}" for column in columns)
            lines.append(f"{int(layer):>13}{cells}")
        bands = f"{self.ks_band:>13.5g}{self.pooled_band:>13.5g}{self.product_band:>13.5g}"
        lines.append(f"{'band':>13}{'':>13}{bands}{self.distance_band.max():>13.5g}")
        return "\n".join(lines)

    def plot(self, ax=None):
        """The distance to N(0, 1) by layer with its null band; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        (line,) = ax.plot(self.layers, self.ks, label=f"{self.label}, n = {self.width}")
        ax.axhline(self.ks_band, color=line.get_color(), ls=":", lw=0.8)
        ax.set(xlabel=r"layer $\ell$", ylabel="KS distance to N(0, 1)", ylim=(0, None))
        return ax


def preactivation_study(
    model,
    width=100,
    depth=100,
    *,
    weights=None,
    sigma_w2=None,
    sigma_b2=None,
    networks=None,
    layers=None,
    c0=0.5,
    false_alarm=0.01,
    permutations=199,
    seed=0,
    threads=None,
    progress=None,
) -> PreactivationStudy:
    """Measure the pre-activations of random networks of finite width.

    Parameters
    ----------
    model
        A GaussianPair (with its own weights and bias) or an activation.
    width, depth
        Neurons in a layer, at least 2, and the number of layers.
    weights, sigma_w2, sigma_b2
        For an activation: the law of the weights (Gaussian by default; text, SciPy or
        ``it.weights``, also a law of matrices such as ``Correlated(1)``), scaled to variance
        sigma_w2/width, by default what preserves the variance 1, and the variance of the bias, by
        default 0.
    networks
        How many independent networks; by default at most 1000, and 2e8 weights in all.
    layers
        Layers to record, by default some 20.
    c0
        The correlation of two inputs.
    false_alarm, permutations
        The probability of each band, and the permutations behind that of distance correlation.

    Normal weights, also correlated ones, need no drawing: the next layer is normal given this one.
    Numbers depend on the seed, not on the threads.  Raises InputError for what is out of range and
    AssumptionError for laws without a variance map, such as asymmetric ones.

    >>> study = preactivation_study("relu", width=10, depth=5, networks=500)
    >>> bool(study.ks[0] < study.ks_band), bool(study.ks[-1] > study.ks_band)
    (True, True)
    """
    n, deep = whole(width, "width", _VERB, 2), whole(depth, "depth", _VERB)
    sampler, label, law = sampler_of(model, weights, sigma_w2, sigma_b2)
    recorded = _recorded(layers, deep)
    drawn = 0 if sampler.draw is None else n * n
    if networks is None:
        networks = max(2, min(_NETWORKS, _BUDGET // max(1, drawn * deep)))
    many = whole(networks, "networks", _VERB, 2)
    correlation = finite(c0, "c0", _VERB)
    if abs(correlation) > 1:
        raise InputError(f"preactivation_study: c0 = {correlation:g} must lie in [-1, 1]")
    rate = finite(false_alarm, "false_alarm", _VERB)
    shuffles = whole(permutations, "permutations", _VERB)
    if not 0 < rate < 1:
        raise InputError(f"preactivation_study: false_alarm = {rate:g} must lie between 0 and 1")
    if rate * (shuffles + 1) < 1 - 1e-9:
        raise InputError(
            f"preactivation_study: false_alarm = {rate:g} takes permutations = "
            f"{math.ceil(1 / rate) - 1} or more"
        )

    def task(random, count):
        z = random.standard_normal((count, 2, n))
        z[:, 1] = correlation * z[:, 0] + math.sqrt(1 - correlation**2) * z[:, 1]
        kept = []
        for layer in range(1, recorded[-1] + 1):
            if layer > 1:
                z = sampler.next(z, n, random)
            if layer in recorded:
                kept.append(z)
        return np.stack(kept, axis=1)

    sampler.phi(np.zeros(1))  # compiled before threads want it
    blocks = in_blocks(task, many, max(drawn, n), seed, 0, thread_count(threads, _VERB), progress)
    values = np.concatenate(blocks)
    return _measured(
        values, label, law, n, many, recorded, correlation, rate, shuffles, seed,
        Provenance.of(
            _VERB, label, "standard errors and null bands", seed,
            width=n, depth=deep, weights=law, networks=many, c0=correlation,
        ),
    )  # fmt: skip


def _measured(
    values, label, law, width, networks, layers, c0, rate, permutations, seed, provenance
):
    """Statistics of values [network, layer, input, neuron]."""
    first = values[:, :, 0]
    second = (first**2).mean(axis=(0, 2))
    moments = np.array([pair_moment(first[:, k]) for k in range(len(layers))])
    deviation = pair_moment_deviation(width, networks)
    distances, bands = [], []
    for k in range(len(layers)):
        found, null = distance_correlation(*_pairs(first[:, k]), permutations, key_of(seed, 1 + k))
        distances.append(found)
        # the k-th largest of B permutations is exceeded with probability k/(B + 1)
        bands.append(np.sort(null)[-max(1, math.floor(rate * (permutations + 1) + 1e-9))])
    product = (values[:, :, 0] * values[:, :, 1]).mean(axis=2)
    share = product.mean(axis=0) / second
    error = product.std(axis=0) / math.sqrt(networks - 1) / second
    return PreactivationStudy(
        label=label,
        weights=law,
        width=width,
        networks=networks,
        false_alarm=rate,
        layers=np.array(layers),
        ks=np.array([ks_distance(first[:, k, 0]) for k in range(len(layers))]),
        ks_band=ks_band(networks, rate),
        ks_pooled=np.array([ks_distance(first[:, k]) for k in range(len(layers))]),
        pooled_band=ks_band(networks * width, rate),
        variance=second,
        kurtosis=(first**4).mean(axis=(0, 2)) / second**2,
        product_moment=moments.mean(axis=1),
        product_band=_normal_quantile(rate) * deviation,
        distance_correlation=np.array(distances),
        distance_band=np.array(bands),
        c0=c0,
        correlation=share,
        correlation_error=error,
        provenance=provenance,
    )


def _pairs(z):
    """Pairs of different neurons, as many as there are networks; more of each if those are few."""
    networks, width = z.shape
    each = max(1, min(width // 2, _PAIRS // networks))
    chosen = z[:_PAIRS, : 2 * each]
    return chosen[:, ::2].ravel(), chosen[:, 1::2].ravel()


def output_sample(
    model, widths, networks=10**6, *, weights=None, sigma_w2=None, sigma_b2=None, seed=0,
    threads=None,
) -> np.ndarray:  # fmt: skip
    """Outputs of independent networks of the given widths on N(0, 1) inputs, one of each network.

    ``widths`` is [n_0, …, n_L]: n_0 inputs x_k ~ N(0, 1), Z = n_0^{-1/2} W phi(x) + b and so on;
    the first neuron of the last layer is returned.

    >>> values = output_sample("tanh", [1, 2, 1], networks=100_000, sigma_w2=1.46, sigma_b2=0.013)
    >>> bool(abs(ks_distance(values) - 0.1466) < 0.01)
    True
    """
    sizes = [whole(n, "a width", _VERB) for n in widths]
    if len(sizes) < 2:
        raise InputError(f"output_sample: widths = {widths} needs at least two entries")
    many = whole(networks, "networks", _VERB)
    sampler, _, _ = sampler_of(model, weights, sigma_w2, sigma_b2)

    def task(random, count):
        z = random.standard_normal((count, 1, sizes[0]))
        for n in (*sizes[1:-1], 1):
            z = sampler.next(z, n, random)
        return z[:, 0, 0]

    sampler.phi(np.zeros(1))
    largest = max(a * b for a, b in zip(sizes, (*sizes[1:-1], 1), strict=False))
    return np.concatenate(in_blocks(task, many, largest, seed, 0, thread_count(threads, _VERB)))


def _recorded(layers, depth):
    """Layers to record: as asked, or about 20 from 1 to the last."""
    if layers is None:
        return sorted(
            {round(v) for v in np.geomspace(1, depth, 20)} | set(range(1, min(depth, 5)))
        )
    chosen = [whole(layer, "a layer", _VERB) for layer in np.atleast_1d(layers).tolist()]
    if not chosen or sorted(set(chosen)) != chosen or chosen[-1] > depth:
        raise InputError(
            f"preactivation_study: layers = {layers} must increase from 1 to at most {depth}"
        )
    return chosen


def _normal_quantile(rate):
    from scipy.special import ndtri

    return float(-ndtri(rate / 2))
