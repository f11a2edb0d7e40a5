"""Tables that the pages on pairs, tangent kernel, guessing bias and weights include."""

import json
from collections.abc import Iterator
from pathlib import Path

import initheory as it
from initheory.typeset import markdown_table
from theory.latex import latex

__all__ = ["PARTS", "write_parts"]

#: Written by measure.py, which takes minutes.
STUDENTS = Path(__file__).resolve().parent / "_static/teacher_student.json"

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

_MATRICES = (
    ("Correlated", "kappa"),
    ("Correlated", 1),
    ("Correlated", "1/2", "row", "uniform"),
    ("Correlated", "1/2", "column"),
    ("RowCovariance", [[2, -1], [-1, 2]]),
    ("Orthogonal",),
    ("Uniform",),
    ("Weibull", 3),
    ("Cauchy",),
    ("Asymmetric",),
)

_KAPPAS = ("1/10", "1/4", "1/2", "3/4", "9/10", 1)

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


def weight_laws() -> Iterator[str]:
    """Law of matrices -> its effect on both passes, where it exists, how well it is drawn."""
    rows = []
    for name, *arguments in _MATRICES:
        law = getattr(it.weights, name)(*arguments)
        effect = law.effect
        forward = f"no maps: {effect.obstacle}" if effect.obstacle else effect.statement
        texts = (forward, effect.backward, law.bounds)
        rows.append([f"`{law}`", *map(code_free, texts), drawn(law)])
    heads = ["law", "forward", "backward", "exists for", "drawn"]
    yield from markdown_table(heads, rows)


def drawn(law) -> str:
    """The largest deviation of drawn moments, where the law has moments and numbers."""
    if law.free_symbols or law.effect.obstacle:
        return ""
    size = getattr(law, "matrix", None)
    found = law.check(16, 16 if size is None else size.rows, samples=100)
    return f"{abs(found.deviations).max():.1f}"


def relu_correlations() -> Iterator[str]:
    """kappa -> boundary, attracting correlation, its rate, and norms against gradients of ReLU."""
    rows = []
    for kappa in _KAPPAS:
        maps = it.MeanField("relu", weight_correlation=kappa).scale_free
        trade = maps.tradeoff
        numbers = (maps.boundary, maps.c_star(), maps.rate, maps.xi)
        factors = (trade.gradient_factor, trade.forward_factor)
        shown = (f"{float(value.evalf(17)):.8g}" for value in (*numbers, *factors))
        rows.append([formula(maps.kappa), *shown])
    heads = [r"$\kappa$", r"$\sigma_w^2$ that keeps norms", "$c^*$", r"rate $\lambda$", r"$\xi$"]
    there = r"$\lvert\delta\rvert^2$ per layer there"
    yield from markdown_table([*heads, there, r"$q$ per layer at $\sigma_w^2 = 2$"], rows)


def students() -> Iterator[str]:
    """What ``python docs/measure.py`` measured: its setting, table and statement."""
    kept = json.loads(STUDENTS.read_text(encoding="utf-8"))
    study = kept["study"]
    first, given = study["rows"][0], study["inputs"]
    sizes, seconds = "-".join(map(str, study["sizes"])), kept["processor_seconds"]
    yield (
        f"Measured by `{kept['command']}` with seed {study['seed']}: {first['runs']} runs of each "
        f"scheme and optimizer over {study['steps']} steps, in {seconds} seconds of one core "
        f"({kept['machine']}). Networks have the sizes {sizes}, {given['inputs']} inputs and "
        f"{given['held_out']} held out; teachers are drawn from `{study['teacher']}`."
    )
    yield ""
    yield from markdown_table(
        ["optimizer", "scheme", r"$\sigma_w^2$", "test loss, quartiles",
         f"steps to {first['goal']:g}", "below the first", "p", "constant", "diverged"],
        [student(row) for row in study["rows"]],
    )  # fmt: skip
    yield ""
    yield (
        "Losses are medians, in variances of the teacher; p is that of a paired test, corrected "
        "for their number; constant: students whose outputs do not vary, before and after."
    )
    yield ""
    yield f"In a sentence: {code_free(study['statement'])}."


def student(row) -> list[str]:
    """A scheme with an optimizer as cells."""
    paired, steps = row["p_value"] is not None, float(row["steps_to_goal"])
    return [
        row["optimizer"],
        row["scheme"],
        f"{row['sigma_w2']:.5g}",
        f"{row['loss']:.3g} ({row['lower_quartile']:.3g}–{row['upper_quartile']:.3g})",
        "not reached" if steps == float("inf") else f"{steps:.0f}",
        f"{row['lower_than_first']} of {row['runs']}" if paired else "",
        f"{row['adjusted_p_value']:.2g}" if paired else "",
        f"{row['collapsed_before']}, {row['collapsed_after']}",
        str(row["diverged"]),
    ]


PARTS = {
    "pair_formulas.md": pair_formulas,
    "weight_verdicts.md": weight_verdicts,
    "activation_verdicts.md": activation_verdicts,
    "schemes.md": scheme_table,
    "critical_laws.md": critical_laws,
    "bias_growth.md": bias_growth,
    "weight_laws.md": weight_laws,
    "relu_correlations.md": relu_correlations,
    "students.md": students,
}


def write_parts(folder: Path) -> None:
    """Write every table into ``folder``, leaving unchanged ones untouched."""
    folder.mkdir(exist_ok=True, parents=True)
    for name, lines in PARTS.items():
        text = "\n".join(lines()) + "\n"
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
