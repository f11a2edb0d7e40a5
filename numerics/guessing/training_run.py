"""One run of training a classifier, recorded: a pure function of its settings and the data."""

import hashlib
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from theory.errors import InputError

from ..random_numbers import key_of
from ..result import write_atomically
from .mlp import drawn_classifier

__all__ = ["OPTIMIZERS", "RunSettings", "Split", "folder_of", "recorded_run", "stored_run"]

OPTIMIZERS = ("sgd", "momentum", "adam")
_MOMENTUM = 0.9
_ADAM = (0.9, 0.999, 1e-8)


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
    if folder is None:
        return recorded_run(settings, phi, slope, data)
    name = json.dumps({**asdict(settings), "data": data.digest}, sort_keys=True)
    path = Path(folder) / f"run-{hashlib.sha256(name.encode()).hexdigest()[:24]}.npz"
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = archive["found"]
        if found.shape == (3, len(settings.records)):
            return found
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass  # absent, or not whole: computed anew
    found = recorded_run(settings, phi, slope, data)
    write_atomically(path, lambda stream: np.savez(stream, found=found, settings=np.array(name)))
    return found


def folder_of(path):
    """The folder of a resumable study, made if it is not there; None for None."""
    if path is None:
        return None
    try:
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
    except (TypeError, OSError) as error:
        raise InputError(f"bias_training: path = {path!r} is no folder: {error}") from None
    return folder


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
    rate, state = settings.learning_rate, {}

    def sgd(array, gradient, key):
        array -= rate * gradient

    def momentum(array, gradient, key):
        state[key] = _MOMENTUM * state.get(key, 0.0) + gradient
        array -= rate * state[key]

    def adam(array, gradient, key):
        first, second, floor = _ADAM
        m, v, step = state.get(key, (0.0, 0.0, 0))
        m, v = first * m + (1 - first) * gradient, second * v + (1 - second) * gradient**2
        step += 1
        state[key] = m, v, step
        array -= rate * (m / (1 - first**step)) / (np.sqrt(v / (1 - second**step)) + floor)

    rule = {"sgd": sgd, "momentum": momentum, "adam": adam}[settings.optimizer]

    def update(net, gradients):
        for kind, (arrays, changes) in enumerate(
            zip((net.weights, net.biases), gradients, strict=True)
        ):
            for k, (array, change) in enumerate(zip(arrays, changes, strict=True)):
                rule(array, change, (kind, k))

    return update
