"""A million-point phase diagram of tanh against the per-point loop one would write by hand."""

import numpy as np

import initheory as it

from .hand_written import gauss_legendre, tanh_grid
from .measure import Result, best_of

#: (sigma_w2, sigma_b2) -> (q*, chi_1), computed with 25 digits by the engine of theory.
REFERENCE_POINTS = ((1.5, 0.05), (2.0, 0.05), (3.0, 0.25), (16.0, 0.05), (64.0, 0.05))

#: Sides of the grids; the hand-written side is too slow for the large one.
HAND_GRID = (51, 25)
OUR_GRID = (1000, 1000)


def grid(sides):
    """The weight and bias variances of a grid of this many points."""
    return np.linspace(0.5, 3, sides[0]), np.linspace(0.01, 0.25, sides[1])


def run() -> list[Result]:
    """Seconds per point of both sides, and our largest relative error."""
    z, w = gauss_legendre()
    tanh_grid(*(side[:2] for side in grid(HAND_GRID)), z, w)
    by_hand, (hand_q, hand_chi) = best_of(lambda: tanh_grid(*grid(HAND_GRID), z, w))
    first, ours = best_of(lambda: diagram(*grid(OUR_GRID)), 1)
    again, ours = best_of(lambda: diagram(*grid(OUR_GRID)))
    same = diagram(*grid(HAND_GRID))
    per_point = by_hand / hand_q.size, again / ours.q.size
    details = {
        "nanoseconds_a_point": {"by_hand": 1e9 * per_point[0], "ours": 1e9 * per_point[1]},
        "seconds_first": first,
        "seconds_again": again,
        "difference_to_hand": {
            "q": largest(same.q / hand_q - 1),
            "chi_1": largest(same.chi_1 / hand_chi - 1),
        },
    }
    error = error_against_references()
    return [
        Result(
            "tanh-phase",
            "tanh phase diagram, speed a point over a hand-written loop",
            per_point[0] / per_point[1],
            50,
            details=details,
        ),
        Result(
            "tanh-phase-error",
            "largest relative error of q* and chi_1 there",
            error,
            1e-13,
            at_least=False,
        ),
    ]


def diagram(sigma_w2, sigma_b2):
    return it.phase_diagram("tanh", sigma_w2=sigma_w2, sigma_b2=sigma_b2)


def largest(array) -> float:
    return float(np.max(np.abs(array)))


def error_against_references() -> float:
    """Our largest relative error at the reference points, by the engine's own high precision."""
    worst = 0.0
    square, slope = it.E("tanh(x)**2"), it.E("(1 - tanh(x)**2)**2")
    for sigma_w2, sigma_b2 in REFERENCE_POINTS:
        ours = diagram(np.array([sigma_w2]), np.array([sigma_b2]))
        q, chi = fixed_point(square, slope, sigma_w2, sigma_b2, float(ours.q[0, 0]))
        worst = max(worst, abs(ours.q[0, 0] / q - 1), abs(ours.chi_1[0, 0] / chi - 1))
    return float(worst)


def fixed_point(square, slope, sigma_w2, sigma_b2, start):
    """(q*, chi_1) to 25 digits by the secant method on the quadrature of the expectations."""
    import mpmath

    symbol = it.symbols.q

    def excess(q):
        value = square.evalf(30, subs={symbol: q})
        return sigma_w2 * mpmath.mpf(str(value)) + sigma_b2 - q

    with mpmath.workdps(30):
        q = mpmath.findroot(excess, (start, start * 1.0001), tol=1e-25)
        return float(q), float(sigma_w2 * slope.evalf(30, subs={symbol: q}))
