"""One run of training a classifier, recorded: a pure function of its settings and the data."""

from dataclasses import asdict, dataclass

import numpy as np

from ..optimizers import stepper
from ..random_numbers import key_of
from ..stored_runs import stored
from .mlp import drawn_classifier

__all__ = ["RunSettings", "Split", "recorded_run", "stored_run"]


@dataclass(frozen=True)
class RunSettings:
    """What a run depends on besides the activation and the data."""

    activation: str
    sigma_w2: float
    sigma_b2: float
    depth: int
    width: int
    classes: int
    steps: int
    batch: int
    learning_rate: float
    optimizer: str
    seed: int
    run: int
    records: tuple


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs as columns, and labels, for training and held out; ``digest`` names them."""

    train: np.ndarray
    train_labels: np.ndarray
    held: np.ndarray
    held_labels: np.ndarray
    digest: str


def recorded_run(settings, phi, slope, data):
    """[accuracy, largest class fraction, loss] x records, on the inputs held out.

    A run whose loss is no longer finite stops: the loss is infinite from there on, accuracy and
    fractions stay as last recorded.
    """
    random = np.random.default_rng([key_of(settings.seed, 3), settings.run])
    sizes = [len(data.train), *[settings.width] * (settings.depth - 1), settings.classes]
    net = drawn_classifier(phi, slope, sizes, settings.sigma_w2, settings.sigma_b2, random)
    update = _updates(settings)
    found = np.full((3, len(settings.records)), np.inf)
    order, place = random.permutation(data.train.shape[1]), 0
    at = dict(zip(settings.records, range(len(settings.records)), strict=True))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(settings.steps + 1):
            if step in at:
                found[:, at[step]] = _measured(net, data, settings.classes)
                if not np.isfinite(found[2, at[step]]):
                    return _stopped(found, at[step])
            if place + settings.batch > len(order):
                order, place = random.permutation(len(order)), 0
            chosen = order[place : place + settings.batch]
            place += settings.batch
            _, *gradients = net.gradients(data.train[:, chosen], data.train_labels[chosen])
            update(net, gradients)
    return found


def stored_run(settings, phi, slope, data, folder):
    """The run, read from ``folder`` if it is there, else computed and saved there."""
    name = {**asdict(settings), "data": data.digest}
    shape = (3, len(settings.records))
    return stored(folder, name, shape, lambda: recorded_run(settings, phi, slope, data))


def _measured(net, data, classes):
    outputs = net.outputs(data.held)
    if not np.isfinite(outputs).all():
        return 0.0, 1.0, np.inf
    guesses = outputs.argmax(axis=0)
    share = np.bincount(guesses, minlength=classes).max() / guesses.size
    return np.mean(guesses == data.held_labels), share, net.loss(data.held, data.held_labels)


def _stopped(found, index):
    found[:2, index:] = found[:2, max(index - 1, 0)][:, None]
    found[2, index:] = np.inf
    return found


def _updates(settings):
    """A function that moves the arrays of a net along its gradients."""
    move = stepper(settings.optimizer, settings.learning_rate)

    def update(net, gradients):
        for kind, (arrays, changes) in enumerate(
            zip((net.weights, net.biases), gradients, strict=True)
        ):
            for k, (array, change) in enumerate(zip(arrays, changes, strict=True)):
                move(array, change, (kind, k))

    return update
