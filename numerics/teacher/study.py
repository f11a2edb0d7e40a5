r"""``teacher_student``: students of several initializations learn from teachers of their shape.

The experiment of Singh & Sreejith 2021 (arXiv:2103.12499) at the size of a desk: a random network
is the teacher, networks of the same shape learn its outputs on normal inputs, and what is compared
is how fast, from which first weights.  The tasks are the same for all schemes, so that schemes are
compared in pairs; the result states what was measured and passes no verdict.
"""

from collections.abc import Mapping
from itertools import product
from threading import Event

import numpy as np

from theory.errors import InputError
from theory.symbols import x

from ..ensemble import thread_count
from ..input import finite, whole
from ..numeric_activation import numeric_activation
from ..optimizers import OPTIMIZERS
from ..result import Provenance
from ..stored_runs import folder_of, in_order, recorded_steps
from .drawing import layer_drawer
from .scheme import default_teacher, read_first_layer, read_scheme, read_schemes, settled
from .study_result import TeacherStudy
from .task import Task
from .training import Training, stored_block

__all__ = ["LEVELS", "teacher_student"]

_VERB = "teacher_student"

#: What ``level`` stands for: runs of each scheme, and passes through the inputs.
LEVELS = {"quick": {"seeds": 20, "epochs": 60}, "full": {"seeds": 50, "epochs": 500}}

_RATES = {"sgd": 1e-2, "momentum": 1e-3, "adam": 1e-3}

#: Runs that are trained as one stack.
BLOCK = 10


def teacher_student(
    activation="relu",
    schemes=None,
    *,
    sizes=(10, 20, 20, 20, 1),
    teacher=None,
    first_layer="gaussian",
    inputs=2000,
    held_out=1000,
    optimizers=("sgd", "adam"),
    learning_rates=None,
    level="quick",
    epochs=None,
    seeds=None,
    batch=50,
    records=30,
    goal=0.25,
    tolerance=1e-6,
    seed=0,
    jobs=None,
    path=None,
    progress=None,
) -> TeacherStudy:
    """Train students of every scheme with every optimizer and record their loss.

    Parameters
    ----------
    activation
        Anything that describes an activation, of the students and their teachers.
    schemes
        What students start from: a sequence of ``TrainingScheme``, laws of weights or their texts,
        or a mapping of names to these.  By default He's scheme, anti-correlated rows (kappa = 1)
        at its scale and at the norm-preserving one, and rows with one positive entry (RAI),
        independent and anti-correlated, at the scale that preserves the norm of such layers; the
        scales are those of the activation.  The first scheme is what others are compared with.
    sizes
        Neurons from the inputs to the outputs, of students and teachers.
    teacher
        The scheme or law that teachers are drawn from; by default rows that sum to 0 at the
        norm-preserving scale, which is chaotic.
    first_layer
        The law of the first of several layers, with sigma_w2 = 1 unless it has another, the same
        for all schemes and for the teacher: inputs have mean 0, so that a correlation of the first
        weights does nothing but hide a direction of the inputs, and if it hid the same one from
        teacher and students these would know it.  None for each scheme's own law.
    inputs, held_out
        How many standard normal inputs are for training and for the test loss.
    optimizers, learning_rates
        Of ``"sgd"``, ``"momentum"`` (0.9) and ``"adam"`` on the mean squared error; a number, or a
        mapping of optimizers to rates, by default 0.01, 0.001 and 0.001.
    level, epochs, seeds
        ``"quick"`` is 60 epochs of 20 runs, ``"full"`` 500 epochs of 50 runs, each of which
        ``epochs`` and ``seeds`` replace.
    batch, records
        Inputs in a step, and how many steps are recorded (from 0 to the last, about
        geometrically).
    goal, tolerance
        The loss that the table counts the steps to, in variances of the teacher, and the relative
        spread of outputs below which a student counts as constant.
    seed, jobs, path
        The seed of everything; threads, which change no number; and a folder where finished blocks
        of runs are kept: the same call goes on where it was stopped.
    progress
        None, True for a bar, or a function of (done, total) blocks of at most 10 runs.

    Raises
    ------
    InputError
        for arguments that make no experiment, for laws that do not exist at these sizes, and where
        the activation has no norm-preserving scale.

    Examples
    --------
    >>> study = teacher_student("relu", ["gaussian", "correlated(1)"], sizes=(4, 8, 1), epochs=2,
    ...     inputs=100, held_out=50, seeds=3)
    >>> study.schemes, study.loss.shape[:3]
    (('Gaussian()', 'Correlated(1)'), (2, 2, 3))
    """
    phi = _plain_activation(activation)
    starts = read_schemes(schemes, phi.exact)
    master = default_teacher(phi.exact) if teacher is None else read_scheme(teacher)
    master = settled(master, phi.exact)
    first = None if first_layer is None else read_first_layer(first_layer)
    neurons = _sizes(sizes)
    task = Task(
        phi=phi.jet[0],
        slope=phi.jet[1],
        sizes=neurons,
        teacher=_drawers(master, first, len(neurons) - 1),
        inputs=whole(inputs, "inputs", _VERB),
        held_out=whole(held_out, "held_out", _VERB, 2),
        seed=seed,
    )
    preset = _preset(level)
    many = preset["seeds"] if seeds is None else whole(seeds, "seeds", _VERB)
    trainings = _trainings(
        optimizers,
        learning_rates,
        preset["epochs"] if epochs is None else whole(epochs, "epochs", _VERB),
        min(whole(batch, "batch", _VERB), task.inputs),
        task.inputs,
        whole(records, "records", _VERB, 2),
    )
    aim, constant = _positive(goal, "goal"), _positive(tolerance, "tolerance")
    folder, threads = folder_of(path, _VERB), thread_count(jobs, _VERB, "jobs")
    variances = np.array([task.variance(run) for run in range(many)])  # refuses dead teachers
    drawers = [_drawers(start, first, len(neurons) - 1) for start in starts]
    loss, spread = _courses(task, drawers, trainings, many, folder, threads, progress)
    return TeacherStudy(
        label=phi.name,
        schemes=tuple(scheme.name for scheme in starts),
        laws=tuple(str(scheme.weights) for scheme in starts),
        sigma_w2=np.array([scheme.sigma_w2 for scheme in starts]),
        sigma_b2=np.array([scheme.sigma_b2 for scheme in starts]),
        teacher=_text(master),
        first_layer="as in the scheme" if first is None else _text(first),
        optimizers=tuple(training.optimizer for training in trainings),
        learning_rates=np.array([training.learning_rate for training in trainings]),
        sizes=task.sizes,
        steps=np.array(trainings[0].records),
        loss=loss,
        spread=spread,
        teacher_variance=variances,
        tolerance=constant,
        goal=aim,
        provenance=Provenance.of(
            _VERB, phi.name, "quartiles over seeds", seed, level=level, seeds=many,
            epochs=trainings[0].epochs, batch=trainings[0].batch, inputs=task.inputs,
            held_out=task.held_out,
        ),
    )  # fmt: skip


def _courses(task, drawers, trainings, many, folder, threads, progress):
    """(loss, spread) [scheme, optimizer, run, record] from blocks on threads."""
    task.phi(np.zeros(1)), task.slope(np.zeros(1))  # compiled before threads want them
    blocks = [range(first, min(first + BLOCK, many)) for first in range(0, many, BLOCK)]
    plan = list(product(drawers, trainings, blocks))
    stop = Event()
    found = in_order(
        plan,
        lambda item: stored_block(task, *item, folder, stop),
        threads,
        progress,
        "students",
        stop,
    )
    rows = [
        np.concatenate(found[at : at + len(blocks)], axis=1)
        for at in range(0, len(found), len(blocks))
    ]
    shape = (len(drawers), len(trainings), 2, many, -1)
    courses = np.stack(rows).reshape(shape)
    return courses[:, :, 0], courses[:, :, 1]


def _plain_activation(given):
    """The numbers of the activation that ``given`` describes, or is a plain layer of."""
    for option in ("weight_correlation", "skip"):
        if getattr(given, option, 0) != 0:
            raise InputError(
                f"{_VERB}: {given!r} has a {option}, which is not the activation's: give the "
                "activation alone, and laws of weights in schemes"
            )
    phi = numeric_activation(getattr(given, "activation", given))
    if phi.jumps and not any(piece.expr.has(x) for piece in phi.exact.activation.pieces):
        raise InputError(
            f"{_VERB}: {phi.name} is constant but for jumps, so that no gradient passes it; give "
            "an activation with a slope somewhere"
        )
    return phi


def _drawers(scheme, first, layers):
    """A function for each layer that draws it; the only layer is not a first one."""
    own = layer_drawer(scheme.weights, scheme.sigma_w2, scheme.sigma_b2)
    if first is None or layers == 1:
        return (own,) * layers
    start = layer_drawer(first.weights, first.sigma_w2, first.sigma_b2)
    return (start, *(own,) * (layers - 1))


def _text(scheme):
    return f"{scheme.weights}, sigma_w2 = {scheme.sigma_w2:.5g}, sigma_b2 = {scheme.sigma_b2:.5g}"


def _preset(level):
    if level not in LEVELS:
        raise InputError(f"{_VERB}: level = {level!r}; use one of {', '.join(LEVELS)}")
    return LEVELS[level]


def _trainings(optimizers, rates, epochs, batch, inputs, count):
    """One Training for each optimizer, with the same records."""
    names = _optimizers(optimizers)
    given = _rates(rates, names)
    steps = epochs * (inputs // batch)
    at = recorded_steps(steps, count)
    return [
        Training(name, _positive(given[name], "learning_rate"), epochs, batch, at)
        for name in names
    ]


def _optimizers(given):
    try:
        names = (given,) if isinstance(given, str) else tuple(given)
    except TypeError:
        names = ()
    if not names or len({*names}) < len(names):
        raise InputError(f"{_VERB}: optimizers = {given!r} must be one or more different names")
    for name in names:
        if name not in OPTIMIZERS:
            raise InputError(f"{_VERB}: optimizer = {name!r}; use one of {', '.join(OPTIMIZERS)}")
    return names


def _rates(given, names):
    """A rate for each optimizer, from nothing, one number or a mapping."""
    if given is None:
        return _RATES
    if not isinstance(given, Mapping):
        return dict.fromkeys(names, given)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InputError(
            f"{_VERB}: learning_rates names {unknown[0]!r}, which is not among the optimizers "
            f"{', '.join(names)}"
        )
    return {**_RATES, **given}


def _sizes(values):
    try:
        sizes = tuple(whole(value, "sizes", _VERB) for value in values)
    except TypeError:
        sizes = ()
    if len(sizes) < 2:
        raise InputError(
            f"{_VERB}: sizes = {values!r} must list the neurons from the inputs to the outputs, "
            "as in sizes=(10, 20, 1)"
        )
    return sizes


def _positive(value, name):
    number = finite(value, name, _VERB)
    if number <= 0:
        raise InputError(f"{_VERB}: {name} = {number:g} must be positive")
    return number
