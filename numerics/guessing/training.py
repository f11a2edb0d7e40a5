r"""``bias_training``: bias and accuracy in the course of training, from three kinds of start.

Classifiers that start ordered, critical and chaotic (sigma_w2 as multiples of its value at the
edge of chaos) are trained on one data set; on inputs held out, the largest class fraction of the
guesses, the accuracy and the loss are recorded.  Bassi et al. 2025 (arXiv:2505.12096) report that
the critical start, though biased, learns fastest and loses its bias early; the result states what
was measured here.
"""

import hashlib
import math

import numpy as np

from theory.errors import InputError
from theory.matrix_laws.matrix_law import MatrixLaw

from ..edge_of_chaos import edge_of_chaos
from ..ensemble import thread_count
from ..input import finite, whole
from ..numeric_activation import numeric_activation
from ..optimizers import OPTIMIZERS
from ..result import Provenance
from ..stored_runs import folder_of, in_order, recorded_steps
from .data import rows_of
from .random_layer import random_layer
from .training_course import BiasTraining
from .training_run import RunSettings, Split, stored_run

__all__ = ["bias_training"]

_VERB = "bias_training"


def bias_training(
    activation="tanh",
    data=None,
    *,
    classes=None,
    multipliers=(0.75, 1, 1.25, 2.5),
    sigma_b2=0.1,
    depth=30,
    width=80,
    steps=300,
    batch=50,
    learning_rate=0.01,
    optimizer="sgd",
    seeds=5,
    held_out=1 / 3,
    records=25,
    seed=0,
    jobs=None,
    path=None,
    progress=None,
) -> BiasTraining:
    """Train ``seeds`` classifiers from each start and record their bias.

    Parameters
    ----------
    activation
        Anything that describes an activation with an edge of chaos at ``sigma_b2``.
    data
        (X, y) with X of shape (N, d) and N whole labels; scikit-learn's digits by default.
        Columns are standardised, then inputs are given the norm x.x/d = 1.
    classes
        By default 2 for the digits (their parity) and the number of labels otherwise; labels are
        taken modulo ``classes``.
    multipliers
        sigma_w2 over its value at the edge of chaos.
    depth, width
        Layers of weights, and neurons in each but the last.
    steps, batch, learning_rate, optimizer
        ``"sgd"``, ``"momentum"`` (0.9) or ``"adam"`` on the cross entropy.
    seeds, held_out, records, seed
        Runs for each start (the same draws scaled), the share of inputs held out, how many steps
        are recorded (from 0 to ``steps``, about geometrically), and the seed of everything.
    jobs, path
        Threads, which change no number, and a folder where finished runs are kept: the same call
        goes on where it was stopped.
    progress
        None, True for a bar, or a function of (done, total) runs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((90, 5))
    >>> course = bias_training("tanh", (X, X[:, 0] > 0), multipliers=(1,), depth=3, width=20,
    ...     steps=60, batch=20, learning_rate=0.1, seeds=2)
    >>> bool(course.accuracy[0, :, -1].min() > 0.7)
    True
    """
    phi = _plain(activation)
    kinds, split = _split(data, classes, held_out, seed)
    bias = finite(sigma_b2, "sigma_b2", _VERB)
    factors = _multipliers(multipliers)
    critical = _critical(phi, bias)
    last = whole(steps, "steps", _VERB)
    at = recorded_steps(last, whole(records, "records", _VERB, 2))
    if optimizer not in OPTIMIZERS:
        raise InputError(f"{_VERB}: optimizer = {optimizer!r}; use one of {', '.join(OPTIMIZERS)}")
    rate = finite(learning_rate, "learning_rate", _VERB)
    if rate <= 0:
        raise InputError(f"{_VERB}: learning_rate = {rate:g} must be positive")
    deep, many = whole(depth, "depth", _VERB, 2), whole(seeds, "seeds", _VERB)
    common = {
        "activation": phi.formula or phi.name, "sigma_b2": bias, "depth": deep,
        "width": whole(width, "width", _VERB), "classes": kinds, "steps": last,
        "batch": min(whole(batch, "batch", _VERB), split.train.shape[1]),
        "learning_rate": rate, "optimizer": optimizer, "seed": seed, "records": at,
    }  # fmt: skip
    plan = [
        RunSettings(sigma_w2=factor * critical, run=run, **common)
        for factor in factors
        for run in range(many)
    ]
    found = _runs(
        plan, phi, split, folder_of(path, _VERB), thread_count(jobs, _VERB, "jobs"), progress
    )
    courses = np.array(found).reshape(len(factors), many, 3, len(at))
    return BiasTraining(
        label=phi.name,
        classes=kinds,
        multipliers=np.array(factors),
        sigma_w2=critical * np.array(factors),
        sigma_b2=bias,
        steps=np.array(at),
        accuracy=courses[:, :, 0],
        largest=courses[:, :, 1],
        loss=courses[:, :, 2],
        chance=float(np.bincount(split.held_labels).max() / split.held_labels.size),
        largest_expected=_expected(phi, factors, critical, bias, deep, kinds),
        depth=deep,
        width=common["width"],
        held_out=split.held_labels.size,
        provenance=Provenance.of(
            _VERB, phi.name, "quartiles over seeds", seed, data=split.digest, seeds=many,
            batch=common["batch"], learning_rate=rate, optimizer=optimizer,
        ),
    )  # fmt: skip


def _runs(plan, phi, split, folder, jobs, progress):
    """The runs in the order of the plan, on ``jobs`` threads."""
    function, slope = phi.jet[0], phi.jet[1]
    function(np.zeros(1)), slope(np.zeros(1))  # compiled before threads want them
    return in_order(
        plan,
        lambda one: stored_run(one, function, slope, split, folder),
        jobs,
        progress,
        "training runs",
    )


def _plain(activation):
    """The activation as numbers; InputError if it comes with a layer that is not trained here."""
    phi, law = numeric_activation(activation), getattr(activation, "weights", None)
    if str(phi.layer) or isinstance(law, MatrixLaw):
        raise InputError(
            f"{_VERB}: starts from independent normal weights without skip connections, and "
            f"{activation!r} has others; pass its .activation"
        )
    return phi


def _critical(phi, bias):
    """sigma_w2 on the edge of chaos at sigma_b2, of a stable point if there is one."""
    found = edge_of_chaos(phi, sigma_b2=bias)
    points = sorted(found, key=lambda point: not point.stable)
    if not points:
        raise InputError(
            f"{_VERB}: {phi.name} has no edge of chaos at sigma_b2 = {bias:g} "
            f"({found.statement}); choose another sigma_b2, 0 for activations like ReLU"
        )
    return float(points[0].sigma_w2)


def _expected(phi, factors, critical, bias, depth, classes):
    """E of the largest fraction before training, for equally normed, uncorrelated inputs."""
    from .prediction import largest_at

    values = []
    for factor in factors:
        layer = random_layer(phi, _VERB, factor * critical, bias)
        gap = float(np.ravel(layer.path(depth, *layer.start())[1][-1])[0])
        values.append(largest_at(1.0 / gap - 1.0 if gap > 0 else math.inf, classes))
    return np.array(values)


def _split(data, classes, held_out, seed):
    """(number of classes, the data divided)."""
    if data is None:
        from .datasets import digits

        data, classes = digits(), 2 if classes is None else classes
    try:
        inputs, given = data
    except (TypeError, ValueError):
        raise InputError(f"{_VERB}: data must be a pair (X, y) of inputs and labels") from None
    x = _prepared(rows_of(inputs, _VERB, 4))
    labels = np.asarray(given)
    if labels.shape != (len(x),) or labels.dtype.kind not in "iubf":
        raise InputError(
            f"{_VERB}: y has shape {labels.shape}; it must hold {len(x)} whole labels"
        )
    if not (np.isfinite(labels).all() and (labels == np.rint(labels)).all() and labels.min() >= 0):
        raise InputError(f"{_VERB}: y must hold whole labels 0, 1, 2, …")
    labels = labels.astype(np.int64)
    kinds = whole(int(labels.max()) + 1 if classes is None else classes, "classes", _VERB, 2)
    share = finite(held_out, "held_out", _VERB)
    count = round(share * len(x)) if 0 < share < 1 else 0
    if not 1 <= count < len(x):
        raise InputError(f"{_VERB}: held_out = {share:g} must leave inputs on both sides")
    from ..random_numbers import key_of

    order = np.random.default_rng([key_of(seed, 4)]).permutation(len(x))
    held, kept = order[:count], order[count:]
    labels = labels % kinds
    digest = hashlib.sha256(x.tobytes() + labels.tobytes() + repr((count, seed)).encode())
    columns = [np.ascontiguousarray(x[rows].T) for rows in (kept, held)]
    return kinds, Split(
        columns[0], labels[kept], columns[1], labels[held], digest.hexdigest()[:16]
    )


def _prepared(x):
    from .data import standardised

    x = standardised(x)
    norms = np.sqrt((x**2).mean(axis=1))
    # an input at the mean of the data has no direction, and stays 0
    return x / np.where(norms > 0, norms, 1.0)[:, None]


def _multipliers(values):
    try:
        factors = [float(value) for value in values]
    except (TypeError, ValueError):
        factors = []
    if not factors or not all(0 < factor < math.inf for factor in factors):
        raise InputError(f"{_VERB}: multipliers = {values!r} must be a list of positive numbers")
    return factors
