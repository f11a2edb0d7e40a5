r"""The usual initializations as one idea: propagate one functional D of a layer's law unchanged.

    D(z^{l+1}) = D(z^l)

Glorot, LeCun and He ask it of the second moment for one activation, backward versions of the
gradient, the edge of chaos of both, orthogonal matrices of all singular values, self-normalising
networks of mean and variance together, Gaussian pairs of the whole marginal law.  For weights of
Var W_ij = sigma_w2/fan_in and a pre-activation variance q every rule is an equation between

    V(q) = sigma_b2 + sigma_w2 E phi(sqrt(q) Z)^2    and    chi_1 = sigma_w2 E phi'(sqrt(q) Z)^2

and its gain follows from the expectations of the activation; no gain is tabulated.

Sources: LeCun et al. 1998; Glorot & Bengio 2010; Saxe et al. 2014 (arXiv:1312.6120); He et al.
2015 (arXiv:1502.01852); Schoenholz et al. 2017 (arXiv:1611.01232); Klambauer et al. 2017
(arXiv:1706.02515); Wolinski & Arbel (arXiv:2205.12379).
"""

import html
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from .activation import Activation, as_activation
from .equation import closed
from .errors import InitheoryError, InputError
from .gaussian import E, GaussianExpectation
from .latex import latex
from .mean_field import MeanField
from .parser import exact
from .symbols import q as q_symbol

__all__ = ["Scheme", "Schemes", "fan_in", "fan_out", "schemes"]

fan_in, fan_out = sp.symbols("fan_in fan_out", positive=True)


@dataclass(frozen=True)
class Scheme:
    """One rule for one activation.

    ``preserves`` names the functional D, ``equation`` says that it is kept, ``sigma_w2`` and
    ``sigma_b2`` solve it (None: it has no solution, and ``note`` says why).
    ``weight_variance`` is Var W_ij in the fans.  ``forward`` = V(q)/q and ``backward`` = chi_1 are
    the factors per layer that the rule gives to the activation.
    """

    name: str
    activation: str
    preserves: str
    equation: str
    sigma_w2: sp.Expr | None
    sigma_b2: sp.Expr | None
    weight_variance: sp.Expr | None
    forward: sp.Expr | None
    backward: sp.Expr | None
    source: str
    note: str = ""

    def row(self) -> tuple[str, ...]:
        """Name, activation, what is preserved and the numbers, as text."""
        values = self.sigma_w2, self.sigma_b2, self.forward, self.backward
        return (self.name, self.activation, self.preserves, *map(_short, values), self.note)


@dataclass(frozen=True)
class Schemes:
    """The table: a sequence of :class:`Scheme`."""

    q: sp.Expr
    rows: tuple[Scheme, ...]

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        """A row by its number or its name."""
        if isinstance(key, str):
            for row in self.rows:
                if row.name == key:
                    return row
            names = ", ".join(row.name for row in self.rows)
            raise InputError(f"there is no scheme {key!r}; the table has {names}")
        return self.rows[key]

    def __repr__(self):
        return f"Schemes({len(self)} rows at q={self.q})"

    def __str__(self):
        body = [_HEAD, *(row.row() for row in self.rows)]
        widths = [max(len(line[i]) for line in body) for i in range(len(_HEAD))]
        lines = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in body)
        return "\n".join(lines)

    def latex(self) -> str:
        """A booktabs table of the rules and their exact values."""
        lines = [r"\begin{tabular}{lllllll}", r"\toprule"]
        head = "scheme", r"$\phi$", "preserves", r"$\sigma_w^2$", r"$\sigma_b^2$", "$V(q)/q$"
        lines += [" & ".join((*head, r"$\chi_1$")) + r" \\", r"\midrule"]
        for row in self.rows:
            values = row.sigma_w2, row.sigma_b2, row.forward, row.backward
            shown = ("--" if v is None else f"${latex(v)}$" for v in values)
            name = row.activation.replace("_", r"\_")
            lines.append(" & ".join((row.name, name, row.preserves, *shown)) + r" \\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def _repr_html_(self):
        head = "".join(f"<th>{html.escape(name)}</th>" for name in _HEAD)
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.row()) + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


_HEAD = ("scheme", "phi", "preserves", "sigma_w2", "sigma_b2", "V(q)/q", "chi_1", "note")


def schemes(activation=None, q=1) -> Schemes:
    """The usual initializations, what each preserves, and what it does to an activation.

    Parameters
    ----------
    activation
        Anything that describes an activation; by default each rule is shown for the activation
        that it was made for.
    q
        The pre-activation variance at which expectations are taken.

    >>> table = schemes()
    >>> table["He"].sigma_w2, table["LeCun"].sigma_w2, table["Glorot"].weight_variance
    (2, 1, 2/(fan_in + fan_out))
    >>> schemes("relu")["LeCun"].forward
    1/2
    """
    place = exact(q, "q")
    if place.is_number and not (place.is_positive and place.is_finite):
        raise InputError(f"schemes: q = {q} is a variance and must be positive")
    known: dict[str, _Moments] = {}

    def moments(home=None):
        if home is None and activation is None:
            return None
        phi = as_activation(home if activation is None else activation)
        return known.setdefault(phi.name, _Moments(phi, place))

    return Schemes(place, tuple(rule(moments) for rule in _RULES))


@dataclass(frozen=True)
class _Moments:
    """E phi, E phi^2 and E phi'^2 of an activation at variance q."""

    phi: Activation
    q: sp.Expr

    @property
    def name(self):
        return self.phi.name

    @cached_property
    def mean(self):
        return closed(E(self.phi, self.q))

    @cached_property
    def second(self):
        return closed(MeanField(self.phi).second_moment.subs(q_symbol, self.q))

    @cached_property
    def slope(self):
        value = MeanField(self.phi).slope_moment
        return value if value is sp.oo else closed(value.subs(q_symbol, self.q))

    @property
    def by_variance(self):
        """The sigma_w2 with V(q) = q and no bias, or None."""
        return None if self.second.is_zero else _simple(self.q / self.second)

    @property
    def by_gradient(self):
        """The sigma_w2 with chi_1 = 1, or None."""
        slope = self.slope
        return None if slope is sp.oo or slope.is_zero else _simple(1 / slope)

    def scheme(self, name, preserves, equation, gain, bias, source, variance=None, note=""):
        """The row of a rule with this sigma_w2."""
        forward = backward = None
        if gain is not None:
            bias = sp.S.Zero if bias is None else bias
            variance = gain / fan_in if variance is None else variance
            forward = _simple((bias + gain * self.second) / self.q)
            backward = sp.oo if self.slope is sp.oo else _simple(gain * self.slope)
        return Scheme(
            name,
            self.name,
            preserves,
            equation,
            gain,
            bias,
            variance,
            forward,
            backward,
            source,
            note,
        )


#: What the first rules were derived for: a network without a nonlinearity.
_LINEAR = "x"


def _lecun(moments):
    own = moments(_LINEAR)
    gain = _Moments(as_activation(_LINEAR), own.q).by_variance
    return own.scheme(
        "LeCun",
        "variance of a linear network",
        "Var W = 1/fan_in: V(q) = q for phi = x",
        gain,
        None,
        "LeCun et al. 1998",
    )


def _glorot(moments):
    own = moments(_LINEAR)
    linear = _Moments(as_activation(_LINEAR), own.q)
    # forward asks for 1/fan_in, backward for 1/fan_out: their harmonic mean
    forward, backward = linear.by_variance / fan_in, linear.by_gradient / fan_out
    return own.scheme(
        "Glorot",
        "mean of variance and gradient of a linear network",
        "the harmonic mean of 1/fan_in (V(q) = q) and 1/fan_out (chi_1 = 1) for phi = x",
        sp.S.One,
        None,
        "Glorot & Bengio 2010",
        _simple(2 / (1 / forward + 1 / backward)),
        "sigma_w2 = 1 for equal fans",
    )


def _he(moments):
    own = moments("relu")
    gain = _Moments(as_activation("relu"), own.q).by_variance
    return own.scheme(
        "He",
        "second moment of a ReLU network",
        "V(q) = q for phi = max(x, 0)",
        gain,
        None,
        "He et al. 2015, eq. 10",
    )


def _he_backward(moments):
    own = moments("relu")
    gain = _Moments(as_activation("relu"), own.q).by_gradient
    return own.scheme(
        "He (fan_out)",
        "gradient of a ReLU network",
        "chi_1 = 1 for phi = max(x, 0), fan_out in place of fan_in",
        gain,
        None,
        "He et al. 2015, eq. 14",
        gain / fan_out,
    )


def _forward(moments):
    own = moments("relu")
    note = "" if own.by_variance is not None else "E phi^2 = 0"
    return own.scheme(
        "variance",
        "second moment",
        "V(q) = q: sigma_w2 = q/E phi^2",
        own.by_variance,
        None,
        "He et al. 2015 for any activation",
        note=note,
    )


def _backward(moments):
    own = moments("relu")
    return own.scheme(
        "gradient",
        "mean squared gradient",
        "chi_1 = 1: sigma_w2 = 1/E phi'^2",
        own.by_gradient,
        None,
        "He et al. 2015 for any activation",
        note="" if own.by_gradient is not None else "E phi'^2 is 0 or infinite",
    )


def _orthogonal(moments):
    own = moments(_LINEAR)
    gain = _Moments(as_activation(_LINEAR), own.q).by_variance
    isometric = own.phi.derivative_expr(1) ** 2
    note = (
        "every singular value of the Jacobian is 1, at any width"
        if isometric.is_number and isometric == 1
        else "exact for phi = x; here phi'^2 spreads the singular values"
    )
    return own.scheme(
        "orthogonal",
        "all singular values of a linear network",
        "W W^T = sigma_w2 I: the spectrum of J J^T is {1} for phi = x",
        gain,
        None,
        "Saxe et al. 2014",
        note=note,
    )


def _edge(moments):
    own = moments("tanh")
    gain, bias, note = own.by_gradient, None, ""
    if gain is None:
        note = "E phi'^2 is 0 or infinite"
    else:
        bias = _simple(own.q - gain * own.second)
        if bias.is_negative or (bias.is_number and sp.N(bias) < -sp.Float("1e-12")):
            gain, bias = None, None
            note = f"V(q) > q at chi_1 = 1: no edge of chaos with q = {own.q}"
    return own.scheme(
        "edge of chaos",
        "variance and gradient",
        "V(q) = q and chi_1 = 1",
        gain,
        bias,
        "Schoenholz et al. 2017",
        note=note,
    )


def _self_normalising(moments):
    own = moments("selu")
    gain = own.by_variance
    mean = own.mean
    centred = abs(sp.N(mean)) < 1e-9 if mean.is_number else mean.is_zero
    note = "" if centred else f"E phi = {_short(mean)}, not 0: use phi - E phi"
    if not centred and gain is not None:
        spread = own.second - mean**2
        note += f" with sigma_w2 = {_short(own.q / spread)}"
    return own.scheme(
        "self-normalising",
        "mean and variance of the activations",
        "E phi = 0 and sigma_w2 E phi^2 = q",
        gain if centred else None,
        None,
        "Klambauer et al. 2017",
        note=note,
    )


def _gaussian_pair(moments):
    from .gaussian_pair import GaussianPair

    name = "Gaussian pair"
    preserves, equation = "the whole law N(0, 1)", "W phi(X) = X in law"
    source = "Wolinski & Arbel 2022"
    own = moments()
    if own is None:
        from .weights import Weibull

        theta = sp.Symbol("theta", positive=True)
        gain = Weibull(theta).variance
        note = "symmetric Weibull weights, theta >= 2; chi_1 >= 1"
        title = "phi_theta"
        return Scheme(
            name, title, preserves, equation, gain, sp.S.Zero, gain / fan_in, sp.S.One, None,
            source, note,
        )  # fmt: skip
    try:
        pair = GaussianPair(activation=own.phi)
        gain = pair.weights.variance if pair.exists else None
        note = f"weights {pair.weights}" if pair.exists else pair.reason
    except InitheoryError as error:
        gain, note = None, str(error)
    return own.scheme(name, preserves, equation, gain, None, source, note=note)


_RULES = (
    _lecun,
    _glorot,
    _he,
    _he_backward,
    _forward,
    _backward,
    _orthogonal,
    _edge,
    _self_normalising,
    _gaussian_pair,
)


def _simple(value):
    """Simplified unless an expectation stays inside."""
    return value if value.has(GaussianExpectation) else sp.simplify(value)


def _short(value):
    if value is None:
        return "none"
    if value.free_symbols:
        return str(value)
    text = str(value)
    return text if len(text) <= 8 else f"{float(sp.N(value, 15)):.10g}"
