"""One value of the correlation map and its slope at 1, for a smooth activation, against dks."""

import time
from importlib.util import find_spec

import sympy as sp

import initheory as it

from .measure import Result, best_of

VARIANCE = 1.0
CORRELATION = 0.5


def run() -> list[Result]:
    """C(1/2) and C'(1) at q = 1, against 25 digits, and against dks by its own integrator."""
    symbols = it.symbols
    q, rho, sigma_w2, sigma_b2 = symbols.q, symbols.rho, symbols.sigma_w2, symbols.sigma_b2
    results = []
    for name in ("gelu", "tanh"):
        theory = it.MeanField(name)
        correlation = it.compile(theory.correlation_map, [q, rho, sigma_w2, sigma_b2])
        slope_at_one = it.compile(theory.chi_1, [q, sigma_w2])

        def ours(correlation=correlation, slope_at_one=slope_at_one):
            return correlation(VARIANCE, CORRELATION, 1.0, 0.0), slope_at_one(VARIANCE, 1.0)

        ours()
        seconds, (product, slope) = best_of(ours, 20)
        phi = it.activation(name)
        point = {q: 1, rho: sp.Rational(1, 2)}
        reference = float(it.E2(phi, phi, q, q, rho).evalf(25, subs=point))
        theirs = dks_seconds(name)
        details = {
            "seconds": {"ours": seconds, "dks": theirs},
            "relative error of ours": abs(product / reference - 1),
            "slope at 1": slope,
        }
        results.append(
            Result(
                f"correlation-{name}",
                f"C(1/2) and C'(1) of {name}, speed over dks",
                theirs / seconds if theirs else None,
                1000,
                details=details,
                note=f"error {details['relative error of ours']:.1e}"
                + ("" if theirs else "; dks is not installed"),
            )
        )
    return results


def dks_seconds(name: str) -> float | None:
    """Seconds that dks takes for the same two numbers; None if it is not installed."""
    if find_spec("dks") is None:
        return None
    from dks.base import activation_transform
    from dks.base.activation_getter import get_activation_function

    phi = get_activation_function({"gelu": "gelu_exact"}.get(name, name))
    # dks computes its nodes once per process; that is not held against it.
    second_moment = activation_transform._estimate_gaussian_mean(lambda x: phi(x) ** 2)
    start = time.perf_counter()
    activation_transform._calc_c_map(phi, c=CORRELATION, q_output=second_moment)
    activation_transform._calc_c_slope(phi, c=1.0, q_output=second_moment)
    return time.perf_counter() - start
