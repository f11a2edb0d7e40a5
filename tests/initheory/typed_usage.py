"""Ordinary uses of the public names; mypy reads this file, nothing runs it.

A public name that is missing, or that has lost its type because its home moved, fails here.
"""

import sympy as sp

import initheory as it


def symbolic() -> sp.Expr:
    phi: it.Activation = it.Activation("x*sigmoid(beta*x)", beta=1.7)
    mf: it.MeanField = it.MeanField(phi)
    names: tuple[str, ...] = it.activations()
    node = it.E(it.activation(names[0]).expr, it.symbols.q)
    return node + mf.chi_1


def numbers() -> float:
    total = 0.0
    for point in it.fixed_points("gelu", sigma_w2=2.5, sigma_b2=0.01):
        total += point.q
    for critical in it.edge_of_chaos("tanh", sigma_b2=0.05):
        total += critical.sigma_w2
    return total


def reports() -> bool:
    report: it.Report = it.derive("x*erf(x)", topics=["mean-field"], numbers=False)
    text: str = report.latex() + report.markdown() + report.to_json()
    return report.ok and bool(text) and it.verify("mf.*", level="quick", seed=0, jobs=2).ok


def errors() -> str:
    try:
        it.activation("gelo")
    except it.UnknownNameError as error:
        return str(error)
    except it.InitheoryError:
        raise
    return it.__version__
