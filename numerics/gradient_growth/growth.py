r"""``gradient_growth``: how squared norms and gradients grow in random networks of finite width.

    z_{l+1} = s z_l + g (W_l phi(z_l) + b_l),
    delta_l = s delta_{l+1} + g phi'(z_l) W_l^T delta_{l+1}

from z_0 ~ N(0, q_0 I) up and from a gradient at the last layer down, every weight drawn from its
law.  At infinite width the factor of |delta|^2 is chi_1 = sigma_w2 E phi'^2 in every layer,
whatever the correlation of the weights of a row, while |z|^2 follows V: with correlated weights no
sigma_w2 keeps both (Singh & Sreejith 2021, arXiv:2103.12499).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from theory.errors import InputError

from ..ensemble import thread_count
from ..input import whole
from ..network_brute import layer_sampler
from ..random_numbers import key_of
from ..result import Provenance
from ..stored_runs import in_order
from .infinite_width import gradient_theory, share_theory, variance_theory
from .record import GradientGrowth
from .setting import Setting, first_variance, setting_of

__all__ = ["GradientGrowth", "gradient_growth"]

_VERB = "gradient_growth"
#: So many weights of one network are kept for the way down; of larger ones they are drawn twice.
_KEPT = 1 << 23
_STARTS = ("random", "sum")


def gradient_growth(
    model,
    width=None,
    depth=None,
    *,
    samples=20,
    sigma_w2=None,
    sigma_b2=None,
    weights=None,
    q0=None,
    start="random",
    probes=8,
    seed=0,
    threads=None,
    progress=None,
) -> GradientGrowth:
    """Measure the factors of |z|^2 and |delta|^2 in each layer of random networks.

    Parameters
    ----------
    model
        A Network, which brings width, depth, variances and weights; or a MeanField, a
        GuessingBias, a dense NTK or an activation.
    width, depth
        Neurons in a layer, and maps (layers of weights), for a model that is no Network.
    samples
        How many independent networks.
    sigma_w2, sigma_b2
        Scaled weight variance and bias variance (0 if left out) of such a model.
    weights
        Their law: any of ``it.weights``, or its text, of independent entries or of matrices, such
        as "correlated(1)", "correlated(1, axis=column)", "orthogonal" and "asymmetric".
    q0
        The variance of the first layer; by default that of the largest stable fixed point, and 1
        for a Network or if there is none.
    start
        ``"random"``: gradients at the last layer are N(0, I), ``probes`` of them; ``"sum"``: the
        gradient of the sum of the last layer's units.
    probes
        Gradients followed down in each network.  Squares are added over them.
    seed, threads, progress
        Numbers depend on the seed and the network, not on threads or ``samples``.

    Raises
    ------
    InputError
        for what cannot be drawn, activations that jump among it.

    Examples
    --------
    >>> found = gradient_growth("relu", 200, 3, sigma_w2=2, weights="correlated(1)", samples=40)
    >>> bool(abs(found.gradient_rate[0] - 1) < 4 * found.gradient_rate[1])
    True
    >>> found.forward_theory.round(6), found.gradient_theory
    (array([0.68169, 0.68169, 0.68169]), array([1., 1., 1.]))
    """
    setting = setting_of(model, width, depth, sigma_w2, sigma_b2, weights)
    if start not in _STARTS:
        raise InputError(f"{_VERB}: start = {start!r}; choose one of {', '.join(_STARTS)}")
    many, each = whole(samples, "samples", _VERB), whole(probes, "probes", _VERB)
    numbers = setting.numbers
    if not numbers.has_slope:
        raise InputError(
            f"{_VERB}: {numbers.name} jumps or has a slope that is not square integrable, so its "
            "gradients have no variance; use a continuous activation"
        )
    if start == "sum" and setting.kappas is not None and setting.kappas[1] == 1.0:
        raise InputError(
            f"{_VERB}: columns that sum to 0 pass nothing of the gradient of the sum of all units "
            "on; take start='random' or a smaller correlation"
        )
    first = first_variance(setting, q0)
    task = _Task(setting, first, start, 1 if start == "sum" else each, key_of(seed, 5))
    task.prepare()
    found = in_order(range(many), task, thread_count(threads, _VERB), progress, "networks")
    good = [one for one in found if one is not None]
    if not good:
        raise InputError(
            f"{_VERB}: in all {many} networks a norm became 0 or infinite; take a larger width or "
            "a smaller depth"
        )
    q, gradient, share = (np.array(part) for part in zip(*good, strict=True))
    net = setting.network
    path = factors = shares = None
    if setting.kappas is not None:
        path = variance_theory(numbers, setting, first)
        factors = gradient_theory(numbers, setting, path, start)
        shares = share_theory(numbers, setting, path)
    return GradientGrowth(
        label=setting.label,
        weights=net.law_name,
        width=net.width,
        sigma_w2=setting.sigma_w2,
        sigma_b2=setting.sigma_b2,
        start=start,
        q_samples=q,
        gradient_samples=gradient,
        share_samples=share,
        q_theory=path,
        gradient_theory=factors,
        share_theory=shares,
        lost=many - len(good),
        provenance=Provenance.of(
            _VERB, setting.label, "standard errors over networks", seed,
            width=net.width, depth=net.depth, samples=many, probes=task.probes, start=start,
            weights=net.law_name, sigma_w2=setting.sigma_w2, sigma_b2=setting.sigma_b2, q0=first,
        ),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Task:
    """The passes of network number ``index``: (q, factors, shares), or None if it is lost."""

    setting: Setting
    q0: float
    start: str
    probes: int
    key: int

    def prepare(self):
        """Compile before threads want the kernels."""
        for function in self.setting.numbers.jet[:2]:
            function(np.zeros(1))

    def __call__(self, index):
        with np.errstate(over="ignore", invalid="ignore"):
            return self._passes(index)

    def _passes(self, index):
        net, n = self.setting.network, self.setting.network.width
        draw = layer_sampler(net, self.setting.sigma_w2)

        def layer(k):
            return draw(np.random.default_rng([self.key, index, k + 1]))

        if net.depth * n * n <= _KEPT:
            layer = cache(layer)
        random = np.random.default_rng([self.key, index, 0])
        z = np.sqrt(self.q0) * random.standard_normal(n)
        delta = np.ones((n, 1))
        if self.start == "random":
            delta = random.standard_normal((n, self.probes))
        states = self._upwards(layer, z)
        norms = np.array([np.mean(z**2) for z in states])
        factors, shares = self._downwards(layer, states, delta)
        known = np.concatenate([norms, factors, shares])
        if not (np.isfinite(known).all() and norms.min() > 0 and factors.min() > 0):
            return None
        return norms, factors, shares

    def _upwards(self, layer, z):
        """z in layers 0, ..., depth."""
        setting, states = self.setting, [z]
        for k in range(setting.depth):
            weights, bias = layer(k)
            branch = weights @ setting.numbers.jet[0](z) + bias[:, 0]
            z = setting.carry * z + setting.branch * branch
            states.append(z)
        return states

    def _downwards(self, layer, states, delta):
        """The factor of |delta|^2 and the share of the sum of each map."""
        setting = self.setting
        factors, shares = np.empty((2, setting.depth))
        for k in range(setting.depth - 1, -1, -1):
            slope = setting.numbers.jet[1](states[k])[:, None]
            passed = slope * (layer(k)[0].T @ delta)
            delta, before = setting.carry * delta + setting.branch * passed, np.sum(delta**2)
            size = np.sum(delta**2)
            factors[k] = size / before
            shares[k] = np.sum(delta.sum(axis=0) ** 2) / size
            delta = delta / np.sqrt(size / delta.size)
        return factors, shares
