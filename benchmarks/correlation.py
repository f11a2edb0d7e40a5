"""One value of the correlation map and its slope at 1, for a smooth activation, against dks."""

import time
from importlib.util import find_spec

import initheory as it

from .measure import Result, best_of

VARIANCE = 1.0
CORRELATION = 0.5


def run() -> list[Result]:
    """C(1/2) and C'(1) at q = 1, against 25 digits, and against dks by its own integrator."""
    import mpmath

    from numerics.correlation_map import CorrelationMap
    from numerics.numeric_activation import numeric_activation

    q, rho = it.symbols.q, it.symbols.rho
    point = {q: VARIANCE, rho: mpmath.mpf(CORRELATION)}
    results = []
    for name in ("gelu", "tanh"):
        phi = numeric_activation(name)

        def ours(phi=phi):
            fresh = CorrelationMap(phi, VARIANCE)
            return fresh.product(CORRELATION), fresh.slope(1.0)

        ours()
        seconds, (product, slope) = best_of(ours, 5)
        reference = float(it.E2(name, name, q, q, rho).evalf(25, subs=point))
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
