r"""One-dimensional diffusions dX = drift dt + diffusion dB, and changes of their variable."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from .covariance_entries import diffusion_matrix, generator
from .latex import latex
from .state_terms import masked, presented, varies
from .symbols import V, covariance_entry, rho, theta, u

__all__ = ["ReducedSDE", "angle", "correlation", "lamperti"]

V11, V12, V22 = covariance_entry(1, 1), covariance_entry(1, 2), covariance_entry(2, 2)


@dataclass(frozen=True)
class ReducedSDE:
    r"""dX = ``drift`` dt + ``diffusion`` dB for X = ``variable`` in the open interval ``domain``.

    ``diffusion`` is the coefficient of dB, not its square.  With ``autonomous`` False the
    coefficients carry other entries of the covariance (V11, V22).

    >>> from theory.symbols import V
    >>> ReducedSDE(V, 2*V, V, True, (0, sp.oo)).generator(sp.log(V))
    3/2
    """

    variable: sp.Symbol
    drift: sp.Expr
    diffusion: sp.Expr
    autonomous: bool
    domain: tuple[sp.Expr, sp.Expr]

    def __str__(self):
        return f"d{self.variable} = ({self.drift}) dt + ({self.diffusion}) dB"

    def latex(self) -> str:
        """The equation as LaTeX."""
        name, drift, noise = latex(self.variable), latex(self.drift), latex(self.diffusion)
        if self.drift.is_zero:
            return rf"d{name} = {noise}\,dB"
        brackets = rf"\left({drift}\right)" if self.drift.is_Add else drift
        return rf"d{name} = {brackets}\,dt" + (
            "" if self.diffusion.is_zero else rf" + {_bracketed(self.diffusion, noise)}\,dB"
        )

    def _repr_latex_(self):
        return f"$\\displaystyle {self.latex()}$"

    def generator(self, f: sp.Expr) -> sp.Expr:
        """The generator applied to a function of the variable: drift f' + diffusion^2 f''/2."""
        first, second = sp.diff(f, self.variable), sp.diff(f, self.variable, 2)
        return sp.expand(self.drift * first + self.diffusion**2 * second / 2)

    def change(
        self,
        variable: sp.Symbol,
        old: sp.Expr,
        domain: tuple[sp.Expr, sp.Expr],
        rewrite: Callable[[sp.Expr], sp.Expr] = sp.expand,
    ) -> "ReducedSDE":
        """The same diffusion in another variable, of which ``old`` gives this one (Itô).

        The sign of the noise is chosen so that its coefficient is that of ``|d new / d old|``.
        ``rewrite`` puts the coefficients into a presentable form.

        >>> from theory.symbols import V
        >>> y = sp.Symbol("y", real=True)
        >>> norm = ReducedSDE(V, sp.S(0), sp.sqrt(2)*V, True, (0, sp.oo))
        >>> str(norm.change(y, sp.exp(y), (-sp.oo, sp.oo)))
        'dy = (-1) dt + (sqrt(2)) dB'
        """
        slope, curvature = sp.diff(old, variable), sp.diff(old, variable, 2)
        here = {self.variable: old}
        noise = rewrite(self.diffusion.subs(here)) / slope
        drift = rewrite((rewrite(self.drift.subs(here)) - curvature * noise**2 / 2) / slope)
        noise = rewrite(noise)
        noise = -noise if noise.could_extract_minus_sign() else noise
        return ReducedSDE(variable, drift, noise, self.autonomous, domain)


def correlation(norm_drift: sp.Expr, cross_drift: sp.Expr, noise: sp.Expr) -> ReducedSDE:
    r"""The SDE of rho = V12/sqrt(V11 V22), by Itô's formula on dV = b dt + sqrt(noise Sigma) dB.

    ``norm_drift`` is b11 in ``V``, ``cross_drift`` b12 in V11, V22 and rho.

    >>> str(correlation(-V, -rho * sp.sqrt(V11) * sp.sqrt(V22), sp.S(1)))
    'drho = (rho*(rho - 1)*(rho + 1)/2) dt + (1 - rho**2) dB'
    """
    b = sp.symbols("b11 b12 b22")
    entries = V11, V12, V22
    ito = generator(b, diffusion_matrix(2), entries, V12 / (sp.sqrt(V11) * sp.sqrt(V22)))
    ito = sp.expand(ito.subs(V12, rho * sp.sqrt(V11) * sp.sqrt(V22)))
    still = dict.fromkeys(b, 0)
    first, second = (norm_drift.subs(V, v) for v in (V11, V22))
    moved = ito - ito.subs(still)
    moved = presented(moved.subs(dict(zip(b, (first, cross_drift, second), strict=True))))
    if moved.has(V11, V22) and not varies(moved):
        moved = sp.simplify(moved)
    drift = moved + sp.factor(ito.subs(still) * noise)
    coefficient = sp.sqrt(noise) * (1 - rho**2)
    ends = (sp.S.NegativeOne, sp.S.One)
    return ReducedSDE(rho, drift, coefficient, not moved.has(V11, V22), ends)


def angle(correlation: ReducedSDE) -> ReducedSDE:
    r"""The SDE of theta = arccos(rho) in (0, pi), for a correlation whose noise is k (1 - rho^2).

    >>> x = ReducedSDE(rho, -rho*(1 - rho**2)/2, 1 - rho**2, True, (-1, 1))
    >>> str(angle(x))
    'dtheta = (0) dt + (sin(theta)) dB'
    """
    sine, cosine = sp.Dummy("s", positive=True), sp.Dummy("c", real=True)
    k = sp.cancel(correlation.diffusion / (1 - rho**2))
    drift, words = masked(correlation.drift)
    drift = _elementary(drift.subs(rho, cosine), cosine, theta, sine)
    drift = -sp.expand((_reduced(drift, cosine, 1 - sine**2) + cosine * k**2 * sine**2 / 2) / sine)
    drift = drift.xreplace({sine: sp.sin(theta), cosine: sp.cos(theta)})
    drift = sp.expand(drift).xreplace(words)
    return ReducedSDE(theta, drift, k * sp.sin(theta), correlation.autonomous, (sp.S.Zero, sp.pi))


def lamperti(correlation: ReducedSDE) -> ReducedSDE:
    r"""The SDE of u = log tan(theta/2), rho = -tanh(u): its noise is constant.

    >>> x = ReducedSDE(rho, -rho*(1 - rho**2)/2, 1 - rho**2, True, (-1, 1))
    >>> str(lamperti(x))
    'du = (tanh(u)/2) dt + (1) dB'
    """
    c, slope = sp.Dummy("c", positive=True), sp.Dummy("t", real=True)
    k = sp.cancel(correlation.diffusion / (1 - rho**2))
    angle_of_u = 2 * sp.atan(sp.exp(u))
    drift, words = masked(correlation.drift)
    drift = _elementary(drift.subs(rho, -slope), -slope, angle_of_u, 1 / c)
    drift = sp.expand(slope * k**2 - c**2 * _reduced(drift, slope, 1 - 1 / c**2))
    drift = drift.subs(slope * c, sp.sinh(u)).xreplace({c: sp.cosh(u), slope: sp.tanh(u)})
    return ReducedSDE(u, drift.xreplace(words), k, correlation.autonomous, (-sp.oo, sp.oo))


def _elementary(expr, cosine, angle, sine):
    """arccos(cosine) = angle, arcsin(cosine) = pi/2 - angle, sqrt(1 - cosine²) = sine."""
    expr = expr.subs({sp.acos(cosine): angle, sp.asin(cosine): sp.pi / 2 - angle})
    return expr.subs(sp.sqrt(1 - cosine**2), sine)


def _reduced(expr, symbol, square):
    """An expanded expression with symbol² replaced by ``square``, odd powers kept once."""
    total = []
    for term in sp.Add.make_args(sp.expand(expr)):
        coefficient, power = term.as_independent(symbol, as_Add=False)
        exponent = power.as_base_exp()[1] if power.has(symbol) else sp.S.Zero
        plain = power == symbol**exponent and exponent.is_Integer
        if plain and exponent >= 2:
            half, rest = divmod(int(exponent), 2)
            term = coefficient * square**half * symbol**rest
        total.append(term)
    return sp.expand(sp.Add(*total))


def _bracketed(expr, text):
    return rf"\left({text}\right)" if expr.is_Add else text
