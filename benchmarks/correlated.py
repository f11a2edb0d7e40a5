"""Correlated and asymmetric weights: networks, particles, c*, a phase plane, students."""

import math
from itertools import pairwise

import numpy as np

import initheory as it
from numerics.scale_free import scale_free_star

from .measure import Result, best_of

WIDTH, DEPTH, NETWORKS, KAPPA = 500, 20, 1000, 0.5
START = np.array([[1.0, 0.3], [0.3, 1.0]])
PARTICLES, LAYERS = 400_000, 20
SIDE = 500
SIZES, SEEDS, EPOCHS, BATCH, RATE = (10, 20, 20, 20, 1), 20, 10, 50, 0.01
INPUTS, HELD_OUT = 2000, 1000


def run() -> list[Result]:
    """Both sides of every comparison in this process."""
    return [*networks(), particles(), star(), plane(), students()]


def networks() -> list[Result]:
    """Networks exact in law, correlated and not, on one thread; and with their weights drawn."""
    seconds = {}
    for kappa in (0, KAPPA):
        net = it.Network("relu", WIDTH, DEPTH, sigma_w2=2, weight_correlation=kappa)

        def ours(net=net):
            return it.simulate(net, V0=START, samples=NETWORKS, threads=1)

        ours()
        seconds[kappa] = best_of(ours, 3)[0] / NETWORKS
    seconds["drawn"] = best_of(drawn_network, 5)[0]
    details = {"milliseconds a network": {str(k): 1e3 * v for k, v in seconds.items()}}
    return [
        Result(
            "correlated-exact",
            f"network of width {WIDTH} exact in law, time with kappa = {KAPPA} over kappa = 0",
            seconds[KAPPA] / seconds[0],
            1.5,
            at_least=False,
            details=details,
        ),
        Result(
            "correlated-drawn",
            f"the same with kappa = {KAPPA}, speed over drawing its weights",
            seconds["drawn"] / seconds[KAPPA],
            150,
            details=details,
        ),
    ]


def drawn_network(seed=1):
    """One ReLU network with correlated rows, as one would write it."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((WIDTH, 2)) @ np.linalg.cholesky(START).T
    shift = 1 - math.sqrt(1 - KAPPA)
    for _ in range(DEPTH):
        weights = random.standard_normal((WIDTH, WIDTH))
        weights -= shift * weights.mean(axis=1, keepdims=True)
        z = weights @ np.maximum(z, 0.0) * math.sqrt(2 / WIDTH)
    return z


def particles() -> Result:
    """The iteration of the law of asymmetric layers, with errors, beside one plain population."""

    def ours():
        return it.asymmetric_iteration("relu", 2, particles=PARTICLES, depth=LAYERS)

    ours()
    fast, run_ = best_of(ours, 2)
    slow, growth = best_of(plain_particles, 2)
    return Result(
        "asymmetric-particles",
        f"{PARTICLES} particles through {LAYERS} asymmetric layers, speed over plain NumPy",
        slow / fast,
        1,
        details={
            "seconds": {"ours": fast, "plain": slow},
            "growth": {"ours": run_.stationary_growth, "plain": growth},
            "error of ours": run_.stationary_growth_error,
        },
    )


def plain_particles(seed=1):
    """The mean growth of E relu^2 over the later half of the layers."""
    random = np.random.default_rng(seed)
    y, before, growths = random.standard_normal(PARTICLES), None, []
    for _ in range(LAYERS + 1):
        values = np.maximum(y, 0.0)
        second = np.mean(values**2)
        if before is not None:
            growths.append(second / before)
        before = second
        y = math.sqrt(2 * second) * random.standard_normal(PARTICLES)
        y += random.beta(2, 1, PARTICLES) * values[random.integers(0, PARTICLES, PARTICLES)]
    return float(np.mean(growths[LAYERS // 2 :]))


def star() -> Result:
    """c* of ReLU without biases for many kappa: from its equation, and by iterating the map."""
    kappas = np.geomspace(0.01, 1, 200).tolist()
    fast, solved = best_of(lambda: [scale_free_star(0.0, 1.0, kappa)[0] for kappa in kappas], 5)
    slow, iterated = best_of(lambda: [iterated_star(kappa) for kappa in kappas], 2)
    return Result(
        "correlated-star",
        "attracting correlation of ReLU at 200 kappa, speed over iterating the map",
        slow / fast,
        3,
        details={
            "microseconds": {"ours": 5e3 * fast, "iterated": 5e3 * slow},
            "largest difference": max(abs(a - b) for a, b in zip(solved, iterated, strict=True)),
        },
    )


def iterated_star(kappa):
    """The map until it moves by rounding only."""
    c, before = 0.5, 2.0
    while abs(c - before) > 1e-15:
        before = c
        moved = math.sqrt(1 - c * c) - c * math.acos(c) - kappa * (1 - c)
        c += moved / (math.pi - kappa)
    return c


def plane() -> Result:
    """Phases and attracting correlations of ReLU over variances and correlations of weights."""
    axes = np.linspace(0.5, 4, SIDE), np.linspace(-1, 1, SIDE)

    def ours(step=1):
        weights, kappas = (axis[::step] for axis in axes)
        found = it.phase_diagram("relu", weights, 0.1, weight_correlation=kappas)
        return found.phase, found.c_star

    ours(100)
    seconds, (phase, _) = best_of(ours, 2)
    return Result(
        "correlated-plane",
        f"seconds of {SIDE} x {SIDE} phases and c* over sigma_w2 and kappa, after compilation",
        seconds,
        10,
        at_least=False,
        details={"seconds": seconds, "phases": sorted(map(str, np.unique(phase)))},
    )


def students() -> Result:
    """Students in stacks beside a loop over seeds, both on one thread."""
    options = {"optimizers": ("sgd",), "seeds": SEEDS, "epochs": EPOCHS, "jobs": 1}

    def ours(**other):
        return it.teacher_student("relu", ["gaussian"], **(options | other))

    ours(seeds=2, epochs=1)
    fast, study = best_of(ours, 2)
    slow, losses = best_of(lambda: [plain_student(seed) for seed in range(SEEDS)], 1)
    return Result(
        "teacher-students",
        f"{SEEDS} students in {EPOCHS} epochs, speed over a loop over seeds in NumPy",
        slow / fast,
        1.5,
        details={
            "seconds": {"ours": fast, "loop": slow},
            "median loss": {"ours": float(np.median(study.final)), "loop": np.median(losses)},
        },
    )


def plain_student(seed):
    """One student of one teacher by stochastic gradient descent; its loss relative to variance."""
    random = np.random.default_rng(seed)
    teacher = plain_weights(random, 2 * math.pi / (math.pi - 1), zero_sum=True)
    student = plain_weights(random, 2.0)
    biases = [np.zeros((size, 1)) for size in SIZES[1:]]
    x = random.standard_normal((SIZES[0], INPUTS + HELD_OUT))
    y = plain_layers(teacher, biases, x)[-1][0]
    for _ in range(EPOCHS):
        order = random.permutation(INPUTS)
        for at in range(0, INPUTS, BATCH):
            batch = order[at : at + BATCH]
            layers = plain_layers(student, biases, x[:, batch])
            back = 2 * (layers[-1][0] - y[:, batch]) / BATCH
            for k in range(len(student) - 1, -1, -1):
                given = layers[k][1]
                below = student[k].T @ back
                student[k] = student[k] - RATE * back @ given.T
                biases[k] = biases[k] - RATE * back.sum(axis=1, keepdims=True)
                if k:
                    back = below * (layers[k - 1][0] > 0)
    held = slice(INPUTS, None)
    found = plain_layers(student, biases, x[:, held])[-1][0]
    return float(np.mean((found - y[:, held]) ** 2) / np.var(y[:, held]))


def plain_weights(random, sigma_w2, zero_sum=False):
    """Normal layers; the first one keeps the norm of its inputs."""
    weights = []
    for fan_in, fan_out in pairwise(SIZES):
        one = random.standard_normal((fan_out, fan_in))
        if zero_sum and weights:
            one -= one.mean(axis=1, keepdims=True)
        weights.append(one * math.sqrt((sigma_w2 if weights else 1) / fan_in))
    return weights


def plain_layers(weights, biases, x):
    """(pre-activation, what the layer was given) of every layer."""
    layers = []
    for weight, bias in zip(weights, biases, strict=True):
        z = weight @ x + bias
        layers.append((z, x))
        x = np.maximum(z, 0.0)
    return layers
