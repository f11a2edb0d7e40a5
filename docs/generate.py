"""Pages that the toolkit writes about itself: notation, catalogue, kernels, claims, a derivation.

Nothing on these pages is typed in by hand, so they cannot disagree with the code.
"""

from collections.abc import Iterator
from pathlib import Path

import initheory as it
from initheory.typeset import markdown_table

__all__ = ["write_pages"]


def write_pages(folder: Path) -> None:
    """Write every generated page into ``folder``, leaving unchanged ones untouched."""
    folder.mkdir(exist_ok=True)
    for name, lines in {
        "notation.md": notation_lines(),
        "catalogue.md": catalogue_lines(),
        "kernels.md": kernel_lines(),
        "claims.md": claim_lines(),
        "command_line.md": command_lines(),
        "derivation.md": derivation_lines(),
    }.items():
        text = "\n".join(lines) + "\n"
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def notation_lines() -> Iterator[str]:
    """Every symbol of ``it.symbols`` with its typeset form and its assumptions."""
    from theory.latex import latex

    yield "# Notation"
    yield ""
    yield (
        "All quantities are dimensionless. `sigma_w2` is always the scaled weight variance, "
        r"$\operatorname{Var} W_{ij} = \sigma_w^2/\text{fan-in}$, so no square is forgotten."
    )
    yield ""
    rows = []
    for name in it.symbols.__all__:
        symbol = getattr(it.symbols, name)
        if getattr(symbol, "is_Symbol", False):
            rows.append([f"`{name}`", f"${latex(symbol)}$", assumption(symbol)])
    yield from markdown_table(["in code", "in print", "is"], rows)
    yield ""
    yield "## Quantities"
    yield ""
    yield ("The rows of the theories of one activation, by the name they have in every format.")
    yield ""
    equations = (
        *it.MeanField("tanh").equations(),
        *it.MeanField("relu", weight_correlation="kappa").scale_free.equations(),
        *it.DeadUnits("relu").equations(),
        *it.AsymmetricMaps("relu").equations(),
        *it.JacobianSpectrum("erf", weights="orthogonal").equations(),
        *it.NTK("erf").equations(),
        *it.CovarianceSDE("tanh").equations(),
    )
    rows = [
        [f"`{equation.name}`", f"${equation.symbol}$", equation.title, equation.source]
        for equation in equations
    ]
    yield from markdown_table(["name", "in print", "is", "source"], rows)


def assumption(symbol) -> str:
    """The strongest of the assumptions that a symbol carries, in words."""
    if symbol.is_positive:
        return "positive"
    if symbol.is_nonnegative:
        return "non-negative"
    return "real" if symbol.is_real else "complex"


def catalogue_lines() -> Iterator[str]:
    """Every catalogue activation with what the analysis finds out about it."""
    from theory.latex import latex

    yield "# Catalogue"
    yield ""
    yield (
        "The activations that have a name, as frameworks spell it. Parity, breakpoints and "
        "growth are derived from the formula, as they are for a formula you type."
    )
    yield ""
    rows = []
    for name in it.activations():
        phi = it.activation(name)
        places = ", ".join(str(point.place) for point in phi.breakpoints) or "none"
        rows.append(
            [
                f"`{name}`",
                "$" + latex(phi.expr).replace("|", r"\vert ") + "$",
                phi.parity or "neither",
                places,
                str(phi.growth),
                phi.source,
            ]
        )
    yield from markdown_table(
        ["name", "formula", "parity", "breakpoints", "growth", "source"], rows
    )


def kernel_lines() -> Iterator[str]:
    """The Gaussian expectations of every catalogue activation."""
    yield "# Kernels"
    yield ""
    yield (
        "The Gaussian expectations of every activation of the catalogue, as `it.kernel_table()` "
        "and `initheory table` derive them. What has no closed form stands as an expectation."
    )
    yield ""
    yield from it.kernel_table().markdown_lines()


def claim_lines() -> Iterator[str]:
    """Every claim: id, statement, source, mutations."""
    yield "# Claims"
    yield ""
    yield (
        "What `initheory verify` checks. A claim passes only if its check holds **and** each "
        "deliberately wrong variant of it, its mutations, is refuted by the same check."
    )
    for claim in it.claims():
        yield ""
        yield f"## {claim.id}"
        yield ""
        yield claim.statement
        yield ""
        yield f"*Source:* {claim.source}"


def command_lines() -> Iterator[str]:
    """The help of every command."""
    import click

    from initheory.__main__ import COMMANDS, cli

    yield "# Command line"
    yield ""
    yield (
        "Exit status: 0 done and ok, 1 something refuted, 2 bad input (one line on standard "
        "error), 130 interrupted."
    )
    context = click.Context(cli, info_name="initheory", terminal_width=90)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        inner = click.Context(command, parent=context, info_name=name, terminal_width=90)
        yield ""
        yield f"## {name}"
        yield ""
        yield "```text"
        yield command.get_help(inner)
        yield "```"


def derivation_lines() -> Iterator[str]:
    """The Markdown report of one activation, as the command line prints it."""
    yield "# What derive prints"
    yield ""
    yield "This page is the output of"
    yield ""
    yield "```"
    yield 'initheory derive "x*erf(x)" --format md'
    yield "```"
    yield ""
    report = it.derive("x*erf(x)", numbers=False)
    for line in report.markdown().splitlines():
        yield "#" + line if line.startswith("#") else line
