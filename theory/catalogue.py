"""The activations with a name, each by its formula and where it comes from.

Nothing else is tabulated: parity, kinks, growth and every Gaussian expectation are derived from
the formula.  Names and default parameters are those of the deep-learning frameworks.  Formulas
are written so that they also evaluate well: ``expm1(min(x, 0))`` never overflows, and ``sigmoid``,
``softplus`` and ``Phi`` keep their tails.
"""

import difflib
import functools
from dataclasses import dataclass

import sympy as sp

from .errors import InputError, NonRealActivationError, UnknownNameError
from .parser import exact, parse
from .symbols import x

__all__ = ["CATALOGUE", "Entry", "Parameter", "build", "find", "lookup", "names"]


@dataclass(frozen=True)
class Parameter:
    """A constant of an activation; without a ``default`` (a formula) it stays symbolic."""

    name: str
    default: str | None = None
    assumption: str = "real"

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol(self.name, **{self.assumption: True})


@dataclass(frozen=True)
class Entry:
    """A named activation: ``expression`` is a formula in x and the names of ``parameters``."""

    name: str
    expression: str
    source: str
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    def expr(self, **values) -> sp.Expr:
        """The formula in SymPy; see :func:`build`.

        >>> lookup("leaky_relu").expr(alpha="alpha")
        alpha*Min(0, x) + Max(0, x)
        """
        return build(self, values)


def build(entry: Entry, values=None, argument: sp.Expr = x) -> sp.Expr:
    """The formula of ``entry`` in SymPy at ``argument``, its parameters replaced by ``values``.

    A value is a number (exact: 0.1 is 1/10), a formula or a SymPy expression; a parameter's own
    name keeps it symbolic, with the assumption that it declares.  Parameters not in ``values``
    take their default.  Raises :class:`~theory.errors.InputError` for an unknown parameter and for
    a value that is not positive where it must be.

    >>> build(lookup("elu")), build(lookup("elu"), {"alpha": 0.5})
    (exp(Min(0, x)) + Max(0, x) - 1, exp(Min(0, x))/2 + Max(0, x) - 1/2)
    """
    values = dict(values or {})
    replacements = {x: argument}
    for parameter in entry.parameters:
        value = values.pop(parameter.name, parameter.default)
        if value is not None:
            replacements[parameter.symbol] = _value(entry, parameter, value)
    if values:
        known = ", ".join(parameter.name for parameter in entry.parameters) or "none"
        raise InputError(
            f"{entry.name} has no parameter {next(iter(values))!r}; its parameters: {known}"
        )
    try:
        return _formula(entry).xreplace(replacements)
    except ValueError:  # how SymPy's Max says that its argument is not real
        raise NonRealActivationError(
            f"{entry.name} is called with an argument that is not real; "
            "an activation is real for every real x"
        ) from None


def lookup(name: str) -> Entry:
    """The entry of this name or alias; case, dashes, blanks and underscores do not matter.

    Raises :class:`~theory.errors.UnknownNameError` with the nearest names.

    >>> lookup("LeakyReLU").name, lookup("Swish").name
    ('leaky_relu', 'silu')
    """
    entry = find(name)
    if entry is not None:
        return entry
    near = difflib.get_close_matches(str(name)[:40].lower(), sorted(_spoken()), n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names())}"
    raise UnknownNameError(f"no activation is called {str(name)[:40]!r}; {remedy}")


def find(name: str) -> Entry | None:
    """As :func:`lookup`, but None for a name that is not known."""
    return _by_key().get(_key(name)) if isinstance(name, str) else None


def names() -> tuple[str, ...]:
    """The names of all activations, related ones next to each other.

    >>> names()[:3]
    ('linear', 'relu', 'leaky_relu')
    """
    return tuple(CATALOGUE)


def _key(name):
    return "".join(letter for letter in name.lower() if letter not in "-_ ")


def _spoken():
    """Every name and alias, with its entry."""
    return {name: entry for entry in CATALOGUE.values() for name in (entry.name, *entry.aliases)}


@functools.cache
def _by_key():
    return {_key(name): entry for name, entry in _spoken().items()}


@functools.cache
def _formula(entry):
    return parse(entry.expression, symbols=tuple(p.symbol for p in entry.parameters))


def _value(entry, parameter, value):
    if isinstance(value, str) and value == parameter.name:
        return parameter.symbol
    value = exact(value, f"{parameter.name} of {entry.name}")
    if parameter.assumption == "positive" and value.is_nonpositive:
        raise InputError(f"{parameter.name} of {entry.name} must be positive, not {value}")
    return value


_ALPHA = Parameter("alpha", "1", "positive")
# With h = sqrt(e) erfc(1/sqrt 2) and D as below, selu = scale (x_+ + alpha expm1(x_-)) has
# scale = sqrt(2 pi) (1 - h)/D and alpha = sqrt(2/pi)/(1 - h), hence scale*alpha = 2/D.
_SELU_H = "sqrt(e)*erfc(1/sqrt(2))"
_SELU_D = f"sqrt(2*e**2*erfc(sqrt(2)) + pi*({_SELU_H})**2 - 2*(2 + pi)*{_SELU_H} + pi + 2)"

_ENTRIES = (
    # piecewise linear and piecewise polynomial
    Entry("linear", "x", "Saxe, McClelland & Ganguli 2014", ("identity",)),
    Entry("relu", "max(x, 0)", "Nair & Hinton 2010", ("rectifier",)),
    Entry(
        "leaky_relu",
        "max(x, 0) + alpha*min(x, 0)",
        "Maas, Hannun & Ng 2013",
        ("lrelu",),
        (Parameter("alpha", "0.01"),),
    ),
    Entry(
        "prelu",
        "max(x, 0) + alpha*min(x, 0)",
        "He, Zhang, Ren & Sun 2015a",
        (),
        (Parameter("alpha"),),
    ),
    Entry("abs", "abs(x)", "Jarrett, Kavukcuoglu, Ranzato & LeCun 2009", ("absolute",)),
    Entry("relu6", "clip(x, 0, 6)", "Krizhevsky 2010"),
    Entry("hardtanh", "clip(x, -1, 1)", "Collobert 2004"),
    Entry("hardsigmoid", "clip(x + 3, 0, 6)/6", "PyTorch torch.nn.Hardsigmoid"),
    Entry("hardswish", "x*clip(x + 3, 0, 6)/6", "Howard et al. 2019", ("hard_silu",)),
    Entry("step", "step(x)", "McCulloch & Pitts 1943", ("heaviside", "binary_step")),
    Entry("sign", "sign(x)", "Rosenblatt 1958", ("sgn",)),
    Entry("square", "x**2", "Livni, Shalev-Shwartz & Shamir 2014", ("quadratic",)),
    Entry("cube", "x**3", "Chen & Manning 2014", ("cubic",)),
    Entry("squared_relu", "max(x, 0)**2", "So et al. 2021", ("relu2", "relu_squared")),
    # exponential on the left
    Entry("elu", "max(x, 0) + alpha*expm1(min(x, 0))", "Clevert, Unterthiner & Hochreiter 2016",
          (), (_ALPHA,)),
    Entry("celu", "max(x, 0) + alpha*expm1(min(x, 0)/alpha)", "Barron 2017", (), (_ALPHA,)),
    Entry(
        "selu",
        f"(sqrt(2*pi)*(1 - {_SELU_H})*max(x, 0) + 2*expm1(min(x, 0)))/{_SELU_D}",
        "Klambauer, Unterthiner, Mayr & Hochreiter 2017, eq. 14 (zero mean, unit variance at 1)",
    ),
    # smooth rectifiers
    Entry("gelu", "x*Phi(x)", "Hendrycks & Gimpel 2016"),
    Entry(
        "gelu_tanh",
        "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
        "Hendrycks & Gimpel 2016",
        ("gelu_new", "gelu_approximate"),
    ),
    Entry("quick_gelu", "x*sigmoid(1.702*x)", "Hendrycks & Gimpel 2016"),
    Entry(
        "silu", "x*sigmoid(x)", "Elfwing, Uchibe & Doya 2018; Ramachandran et al. 2017", ("swish",)
    ),
    Entry("mish", "x*tanh(softplus(x))", "Misra 2019"),
    Entry(
        "softplus",
        "softplus(beta*x)/beta",
        "Dugas, Bengio, Belisle, Nadeau & Garcia 2001",
        (),
        (Parameter("beta", "1", "positive"),),
    ),
    Entry(
        "squareplus",
        "(x + sqrt(x**2 + b))/2",
        "Barron 2021",
        (),
        (Parameter("b", "4", "positive"),),
    ),
    Entry("bent_identity", "(sqrt(x**2 + 1) - 1)/2 + x", "Wikipedia, Activation function"),
    # sigmoidal
    Entry("sigmoid", "sigmoid(x)", "Rumelhart, Hinton & Williams 1986", ("logistic",)),
    Entry("logsigmoid", "logsigmoid(x)", "PyTorch torch.nn.LogSigmoid"),
    Entry("probit", "Phi(x)", "Williams 1997", ("normal_cdf",)),
    Entry("tanh", "tanh(x)", "LeCun, Bottou, Orr & Mueller 1998"),
    Entry("lecun_tanh", "1.7159*tanh(2*x/3)", "LeCun, Bottou, Orr & Mueller 1998"),
    Entry("erf", "erf(x)", "Williams 1997"),
    Entry("atan", "atan(x)", "Hayou, Doucet & Rousseau 2019", ("arctan",)),
    Entry("softsign", "x/(1 + abs(x))", "Bergstra, Desjardins, Lamblin & Bengio 2009"),
    Entry("isru", "x/sqrt(1 + x**2)", "Carlile, Delamarter, Kinney, Marti & Whitney 2017"),
    # oscillating, bell-shaped and exponential
    Entry("sin", "sin(x)", "Sitzmann, Martel, Bergman, Lindell & Wetzstein 2020", ("sine",)),
    Entry("cos", "cos(x)", "Rahimi & Recht 2007", ("cosine",)),
    Entry(
        "snake",
        "x + sin(a*x)**2/a",
        "Ziyin, Hartwig & Ueda 2020",
        (),
        (Parameter("a", "1", "positive"),),
    ),
    Entry("gaussian", "exp(-x**2/2)", "Broomhead & Lowe 1988", ("rbf",)),
    Entry("laplace", "exp(-abs(x))", "Rahimi & Recht 2007"),
    Entry("exp", "exp(x)", "Daniely, Frostig & Singer 2016", ("exponential",)),
)  # fmt: skip

#: Every activation with a name, by that name.
CATALOGUE = {entry.name: entry for entry in _ENTRIES}
