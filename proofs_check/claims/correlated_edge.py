r"""The claim on the edge of chaos for correlated weights: its parametrisation by q.

Subject: D. Singh and G. J. Sreejith, arXiv:2103.12499; derived here for any activation.
"""

from functools import lru_cache

import sympy as sp

from theory.gaussian import E
from theory.symbols import q

from ..checks import Certified, Numeric, Symbolic
from ..statement import Claim, Mutation
from .between import Between
from .correlated_maps import theory
from .correlated_tools import branch, mean
from .enclosures import Balls, printed
from .moments import function, second, slope

__all__ = ["CORRELATED_EDGE", "enclosed", "places"]

R = sp.Rational
SOURCE = "derived here, for the weights of Singh & Sreejith 2021, arXiv:2103.12499"
_K = sp.Symbol("kappa", real=True)


def _average(text):
    return E(function(text), q).doit()


@lru_cache(maxsize=256)
def enclosed(expr, digits=22):
    """The ball of an expression with expectations."""
    from numerics.enclosure import enclose

    return enclose(expr, digits=digits).ball()


# ---------------------------------------------------------------- the curve

#: activation, q: sigma_w2, (sigma_b2 at kappa = 0, 1/2, 1), (V' there); None is not printed.
_TABLE = {
    ("gelu", R(1, 2)): (
        "2.455506416826",
        ("0.034542695180", "0.067109860516", "0.099677025852"),
        ("1.09979000830", "0.99123279051", "0.88267557272"),
    ),
    ("gelu", 1): (  # V' is linear in kappa
        "2.193699903532",
        ("0.067191674706", "0.154476220532", "0.241760766359"),
        ("1.06719167471", "0.93626485597", "0.80533803723"),
    ),
    ("gelu", 2): (
        "2.042851098813",
        ("0.116321991513", "0.333075225098", "0.549828458682"),
        ("1.02584933145", "0.88134717572", "0.73684502000"),
    ),
    ("silu", 1): (
        "2.635168659879",
        ("0.062471500225", "0.118722104027", "0.174972707829"),
        ("1.09934034438", "1.00382598955", "0.90831163472"),
    ),
    ("silu", 2): (
        "2.342618634719",
        ("0.127888934218", "0.282368851440", "0.436848768661"),
        ("1.08275621925", "0.96279866131", "0.84284110337"),
    ),
    ("softplus", 1): (
        "3.408559841623", ("-2.140", "-1.033", "0.074526572744"), (None, None, "0.97741560171"),
    ),
    ("softplus", 2): (
        "3.140515353135", (None, None, "0.218919845173"), (None, None, "0.95081971156"),
    ),
}  # fmt: skip
_KAPPAS = (0, R(1, 2), 1)


def places(text):
    """How many decimals a printed number has, less its leading zeros and one."""
    return len(text.partition(".")[2].lstrip("0")) - 1


def _curve(text, sign=-1):
    """(sigma_w2, sigma_b2) in q and kappa from expectations."""
    weight = 1 / slope(text)
    return weight, q - weight * (second(text) + sign * _K * _average(text) ** 2)


def _critical(texts, sign=-1):
    """V(q) = q and chi_1 = 1 at the curve, for symbolic q and kappa."""
    for text in texts:
        weight, bias = (part.doit() for part in _curve(text, sign))
        network = bias + weight * (second(text).doit() - _K * _average(text) ** 2)
        yield Symbolic(network, q)
        yield Symbolic(weight * slope(text).doit(), 1)


def _toolkit_curve(texts, sign=-1):
    """The toolkit's curve against quadratures, and V(q) = q there by quadratures alone."""
    for text in texts:
        curve = theory(text).edge_of_chaos
        for kappa in (R(1, 3), 1):
            at = {q: R(3, 2), _K: kappa}

            def bias(_, text=text, kappa=kappa):
                steep = mean(1.5, (text, 1), (text, 1))
                common = kappa * mean(1.5, (text, 0)) ** 2
                return 1.5 - (mean(1.5, (text, 0), (text, 0)) + sign * common) / steep

            weight = 1 / mean(1.5, (text, 1), (text, 1))
            note = f"{text}, kappa = {kappa}, q = 3/2"
            yield Numeric(curve.sigma_b2.subs(at), bias, [{}], digits=14, note=note)
            yield Numeric(curve.sigma_w2.subs(at), weight, [{}], digits=14, note=note)
            kept = lambda _, t=text, k=kappa, w=weight, b=bias: b(_) + w * branch(t, 1.5, k)  # noqa: E731
            yield Numeric(kept, R(3, 2), [{}], digits=14, note=note)


def _printed():
    for (text, place), (weight, biases, rates) in _TABLE.items():
        curve = theory(text).edge_of_chaos
        rows = [(curve.sigma_w2, 0, weight)]
        rows += [(curve.sigma_b2, k, b) for k, b in zip(_KAPPAS, biases, strict=True)]
        rows += [(curve.stability, k, r) for k, r in zip(_KAPPAS, rates, strict=True)]
        for expr, kappa, digits in rows:
            if digits is not None:
                value = expr.subs({q: place, _K: kappa})
                yield Balls(
                    lambda e=value: enclosed(e),
                    lambda d=digits: printed(d),
                    places(digits) - 1,
                    f"{text}, q = {place}, kappa = {kappa}",
                )


def _lifted(sign=1):
    """d sigma_b2/d kappa = (E phi)^2/E phi'^2 > 0."""
    for text in ("gelu", "relu", "elu", "softplus"):
        curve = theory(text).edge_of_chaos
        lift = _average(text) ** 2 / slope(text).doit()
        yield Symbolic(curve.sigma_b2.diff(_K), sign * lift)
        yield Symbolic(curve.sigma_w2.diff(_K), 0)
        if text != "softplus":
            yield Certified(sign * lift > 0, {q: (R(1, 4), 4)})


def _searched():
    """Points that the toolkit finds at a given sigma_b2: V(q) = q, chi_1 = 1 by quadratures."""
    from numerics.edge_of_chaos import edge_of_chaos

    for text, kappa, bias in (
        ("gelu", 1, R(6, 25)),
        ("softplus", 1, R(1, 10)),
        ("silu", R(1, 2), R(3, 25)),
    ):
        points = edge_of_chaos(theory(text, kappa), sigma_b2=bias)
        yield Between(len(points), 0.5, what=f"edge of chaos of {text}, kappa = {kappa}")
        for point in points:
            note = f"{text}, kappa = {kappa}, q = {point.q:.6f}"
            kept = bias + point.sigma_w2 * branch(text, point.q, kappa)
            yield Numeric(kept, point.q, [{}], digits=11, note=note)
            chi = point.sigma_w2 * mean(point.q, (text, 1), (text, 1))
            yield Numeric(chi, 1, [{}], digits=11, note=note)


def _eoc_curve():
    yield from _critical(("gelu", "relu", "erf", "elu", "leaky_relu", "abs(x)", "3-cosh(x)"))
    yield from _toolkit_curve(("gelu", "silu", "softplus", "elu", "sigmoid"))
    yield from _printed()
    yield from _lifted()
    yield from _searched()


EOC_CURVE = Claim(
    "corr.eoc-curve",
    r"Edge of chaos parametrised by $q$: $\sigma_w^2 = 1/E\phi'^2$ and $\sigma_b^2 = q - "
    r"(E\phi^2 - \kappa(E\phi)^2)/E\phi'^2$, where that is $\ge 0$: there $V(q) = q$ and $\chi_1 "
    r"= 1$. Raising $\kappa$ moves the curve to larger $\sigma_b^2$ at the same $(q, "
    r"\sigma_w^2)$, by $\kappa(E\phi)^2/E\phi'^2$.",
    SOURCE,
    _eoc_curve,
    (
        Mutation("+kappa (E phi)^2", lambda: list(_critical(("gelu", "relu", "leaky_relu"), 1))),
        Mutation("+kappa (E phi)^2, by quadratures", lambda: list(_toolkit_curve(("silu",), 1))),
        Mutation("raising kappa lowers the curve", lambda: list(_lifted(-1))),
    ),
)  # fmt: skip

CORRELATED_EDGE = (EOC_CURVE,)
