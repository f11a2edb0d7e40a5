"""Tables that the pages on pairs, tangent kernel and guessing bias include, by the toolkit."""

from collections.abc import Iterator
from pathlib import Path

import initheory as it
from initheory.typeset import markdown_table
from theory.latex import latex

__all__ = ["PARTS", "write_parts"]

#: Laws whose verdict is shown, as text or as a factory of it.weights with its arguments.
_LAWS = (
    ("Weibull", 3),
    ("Weibull", 2),
    ("Weibull", "3/2"),
    ("Rademacher",),
    ("Gaussian",),
    ("Uniform",),
    ("Chi", 3),
    ("Chi", 5),
    ("Subbotin", 4),
    ("Laplace",),
    ("Student", 5),
    ("TruncatedGaussian", 2),
    ("Density", "1 - abs(w)", 1),
    ("Sparse", "norm", "1/10"),
)

_ACTIVATIONS = (
    "x",
    "sign(x)",
    "erf(x/sqrt(2))",
    "sqrt(2)*sin(pi*erf(x/sqrt(2))/2)",
    "relu",
    "gelu",
    "x**3",
    "x*exp(-x**2)",
)

_CRITICAL = ("relu", "erf", "sin(x)", "tanh", "gelu", "elu", "hardtanh", "sign(x)*abs(x)^(3/4)")

_WORDS = {True: "yes", False: "no", None: "undecided"}


def formula(value) -> str:
    """A formula between dollars, without bars that would end a cell."""
    return f"${latex(value)}$".replace("|", r"\vert ")


def pair_formulas() -> Iterator[str]:
    """The equations of the pairs of Weibull weights, for a symbol theta and closed cases."""
    rows = []
    for theta in ("theta", 2, 3, 4):
        for e in it.GaussianPair(theta=theta).equations():
            if e.value is None or _has_nodes(e.value):
                continue
            if theta == "theta" or e.title.startswith(("density", "activation")):
                shown = "any" if theta == "theta" else str(theta)
                symbol = f"${e.symbol}$".replace("|", r"\vert ")
                rows.append([shown, e.title, symbol, formula(e.value)])
    yield from markdown_table([r"$\theta$", "quantity", "", "is"], rows)


def _has_nodes(value) -> bool:
    """Whether a law stands in the value that has no elementary formula."""
    return "Law" in str(value)


def weight_verdicts() -> Iterator[str]:
    """Weight law -> whether there is an activation, and why."""
    rows = []
    for name, *arguments in _LAWS:
        law = getattr(it.weights, name)(*arguments)
        pair = it.GaussianPair(weights=law)
        rows.append([f"`{law}`", _WORDS[pair.exists], code_free(pair.reason)])
    yield from markdown_table(["weights", "activation exists", "because"], rows)


def activation_verdicts() -> Iterator[str]:
    """Activation -> whether there are weights, and why."""
    rows = []
    for text in _ACTIVATIONS:
        pair = it.GaussianPair(activation=text)
        found = f"`{pair.weights}`" if pair.exists else _WORDS[pair.exists]
        rows.append([f"`{text}`", found, code_free(pair.reason)])
    yield from markdown_table(["activation", "weights", "because"], rows)


def scheme_table() -> Iterator[str]:
    """The usual initializations, what each preserves and what follows."""
    rows = [
        [
            row.name,
            f"`{row.activation}`",
            row.preserves,
            code_free(row.equation),
            *("" if v is None else short(v) for v in (row.sigma_w2, row.sigma_b2, row.backward)),
        ]
        for row in it.schemes()
    ]
    heads = ["scheme", r"$\phi$", "preserves", "equation"]
    yield from markdown_table([*heads, r"$\sigma_w^2$", r"$\sigma_b^2$", r"$\chi_1$"], rows)


def short(value) -> str:
    """A formula, or six digits of a number that is long."""
    if value.free_symbols or len(str(value)) <= 8:
        return formula(value)
    return f"{float(value):.6g}"


def code_free(text: str) -> str:
    """Plain text in a cell: what Markdown would take for markup is escaped."""
    for sign in "\\*_<>`$":
        text = text.replace(sign, "\\" + sign)
    return text


def critical_laws() -> Iterator[str]:
    """Activation -> behaviour of correlation and tangent kernel at the edge of chaos."""
    rows = []
    for text in _CRITICAL:
        law = it.NTK(text).depth_law["critical"]
        rows.append(
            [
                f"`{text}`",
                rf"$\ell^{{-{latex(law.power)}}}$",
                formula(law.ratio),
                " + ".join(correction(c) for c in law.corrections[:1]) or "not universal",
                formula(law.condition_number()),
            ]
        )
    heads = ["activation", r"$1 - c^\ell \sim$", "ratio", "next order at $q = 1$"]
    yield from markdown_table([*heads, "condition number"], rows)


def correction(term) -> str:
    """The first correction with its coefficient at q = 1."""
    value = term.coefficient.subs(it.symbols.q, 1)
    number = formula(value) if len(str(value)) <= 8 else f"${float(value.evalf(17)):.6g}$"
    log = r"\log L\," if term.logarithm else ""
    return rf"{number} $\cdot\, {log} L^{{-{latex(term.exponent)}}}$"


def bias_growth() -> Iterator[str]:
    """Activation -> growth of the guessing bias at criticality, and its neutral line."""
    rows = []
    for text in _CRITICAL:
        gb = it.GuessingBias(text)
        points = it.neutral_line(gb, q=1.0)
        place = f"{points[0].sigma_w2:.6g}, {points[0].sigma_b2:.6g}" if points else "none"
        rows.append([f"`{text}`", growth(gb.growth), place])
    heads = ["activation", r"$\gamma_\ell \sim$ at criticality"]
    line = r"neutral line at $q = 1$: $\sigma_w^2, \sigma_b^2$"
    yield from markdown_table([*heads, line], rows)


def growth(law) -> str:
    """The law without biases, or its number at q = 1 if it is long."""
    value = law.law.subs(it.symbols.sigma_b2, 0)
    if len(str(value)) <= 24:
        return formula(value)
    power = "" if law.power == 1 else f"^{{{latex(law.power)}}}"
    size = float(law.coefficient.subs(it.symbols.q, 1).evalf(17))
    return rf"${size:.6g}\,\ell{power}$ at $q = 1$"


PARTS = {
    "pair_formulas.md": pair_formulas,
    "weight_verdicts.md": weight_verdicts,
    "activation_verdicts.md": activation_verdicts,
    "schemes.md": scheme_table,
    "critical_laws.md": critical_laws,
    "bias_growth.md": bias_growth,
}


def write_parts(folder: Path) -> None:
    """Write every table into ``folder``, leaving unchanged ones untouched."""
    folder.mkdir(exist_ok=True, parents=True)
    for name, lines in PARTS.items():
        text = "\n".join(lines()) + "\n"
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
