r"""LaTeX of the toolkit's expressions: SymPy's printer with the field's names for the symbols."""

import sympy as sp

from .symbols import LATEX_NAMES

__all__ = ["latex"]


def latex(expr, **settings) -> str:
    r"""LaTeX source of an expression, without dollar signs.

    >>> from theory.symbols import sigma_b2, sigma_w2
    >>> latex(sigma_w2**2 + sigma_b2)
    '{\\sigma_b^2} + \\left({\\sigma_w^2}\\right)^{2}'
    """
    options = {"symbol_names": LATEX_NAMES, "inv_trig_style": "full", "ln_notation": False}
    return sp.latex(expr, **{**options, **settings})
