r"""LaTeX of the toolkit's expressions: SymPy's printer with the field's names and habits.

Square roots of a product are joined, \sqrt{q_1 q_2} and not \sqrt{q_1} \sqrt{q_2}, and a sum
does not start with a minus sign if it has a term without one.
"""

import sympy as sp
from sympy.printing.latex import LatexPrinter

from .symbols import LATEX_NAMES

__all__ = ["latex"]

_OPTIONS = {"symbol_names": LATEX_NAMES, "inv_trig_style": "full", "ln_notation": False}


def latex(expr, **settings) -> str:
    r"""LaTeX source of an expression, without dollar signs; it needs amsmath.

    >>> from theory.symbols import q1, q2, rho, sigma_b2, sigma_w2
    >>> latex(sigma_w2**2 + sigma_b2)
    '{\\sigma_b^2} + \\left({\\sigma_w^2}\\right)^{2}'
    >>> latex(sp.sqrt(q1)*sp.sqrt(q2)*sp.sqrt(2)/(2*sp.sqrt(sp.pi)))
    '\\frac{{\\sqrt{q_1 q_2}}}{{\\sqrt{2 \\pi}}}'
    >>> latex(1/sp.sqrt((1 + q1)*(1 + q2) - q1*q2*rho**2))
    '\\frac{1}{\\sqrt{\\left(q_1 + 1\\right) \\left(q_2 + 1\\right) - q_1 q_2 \\rho^{2}}}'
    """
    return _Printer({**_OPTIONS, **settings}).doprint(expr)


class _Printer(LatexPrinter):
    """SymPy's printer, with products of roots joined and sums that start with a plus."""

    def _print_Mul(self, expr):
        joined = self._roots_joined(expr)
        return super()._print_Mul(expr if joined is None else joined)

    def _roots_joined(self, expr):
        """The product with its square roots as one symbol above and one below, or None."""
        above, below, rest = [], [], []
        for factor in expr.args:
            base, power = factor.as_base_exp()
            if abs(power) == sp.S.Half and not isinstance(factor, sp.exp) and factor != sp.I:
                (above if power > 0 else below).append(base)
            else:
                rest.append(factor)
        number = sp.Mul(*(factor for factor in rest if factor.is_Rational))
        for root in [b for b in above if b.is_Integer and number.q % b == 0]:
            # sqrt(2)/2 is 1/sqrt(2)
            above.remove(root)
            below.append(root)
            rest = [number * root, *(factor for factor in rest if not factor.is_Rational)]
        if len(above) < 2 and len(below) < 2 and not any(b.is_Integer for b in below):
            return None
        roots = [self._root(bases) ** sign for bases, sign in ((above, 1), (below, -1)) if bases]
        return sp.Mul(*rest, *roots)

    def _root(self, bases):
        ordered = sorted(bases, key=lambda b: (not b.is_Integer, b is not sp.pi))
        inside = self._print(sp.Mul(*ordered, evaluate=False))
        # a name that starts with a brace comes after the letters: rho before the root
        return sp.Symbol(rf"{{\sqrt{{{inside}}}}}", positive=True)

    def _as_ordered_terms(self, expr, order=None):
        terms = super()._as_ordered_terms(expr, order)
        plus = [t for t in terms if not t.could_extract_minus_sign()]
        if not plus or plus[0] is terms[0]:
            return terms
        return [plus[0], *(t for t in terms if t is not plus[0])]
