r"""What students start from: laws of weights with a scale, and the usual five.

    preserved at q:  sigma_w2 (E phi^2 - kappa (E phi)^2) = q,    Z normal, phi at sqrt(q) Z

For an activation of degree 1 that holds at every q.  kappa = 1 makes every row of weights sum to
0 (Singh & Sreejith 2021, arXiv:2103.12499); with the norm preserved there,
chi_1 = q E phi'^2/Var phi > 1 by Poincare's inequality unless phi is affine: chaos, whatever the
activation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from theory.errors import AssumptionError, InputError
from theory.matrix_laws.asymmetric import Asymmetric
from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.matrix_law import MatrixLaw
from theory.matrix_laws.reader import as_matrix_law
from theory.mean_field import MeanField

from ..input import finite, variance_pair
from ..numeric_activation import numeric_activation

__all__ = [
    "TrainingScheme",
    "default_schemes",
    "default_teacher",
    "read_first_layer",
    "read_scheme",
    "read_schemes",
    "settled",
]

_VERB = "teacher_student"


@dataclass(frozen=True)
class TrainingScheme:
    """A law of weights with its scale: what the students of a study start from.

    Parameters
    ----------
    name
        How tables and pictures call it.
    weights
        A law of ``it.weights``, of matrices or of independent entries, or its text; entries are
        scaled to the variance sigma_w2/fan_in.
    sigma_w2
        The scaled variance; of an asymmetric law, that of its normal part.  If left out, what the
        law brings, else the value that preserves the norm at q = 1 for the activation in question.
    sigma_b2
        The variance of the biases.

    >>> TrainingScheme("half", "correlated(1/2)", 2).weights
    Correlated('1/2')
    """

    name: str
    weights: Any = "gaussian"
    sigma_w2: Any = None
    sigma_b2: Any = 0

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"TrainingScheme: name = {self.name!r} must be a text")
        object.__setattr__(self, "weights", as_matrix_law(self.weights))
        if self.sigma_w2 is not None:
            variance_pair(self.sigma_w2, 0, "TrainingScheme")
        variance_pair(1, self.sigma_b2, "TrainingScheme")


def default_schemes(activation) -> tuple[TrainingScheme, ...]:
    """He's scheme, anti-correlated rows at its scale and at the norm-preserving one, and rows
    with one positive entry, randomised asymmetric initialization (RAI, Lu et al. 2019,
    arXiv:1903.06733), with independent and with anti-correlated normal weights.

    The normal part of RAI has the scale that keeps squares constant in depth; that of Lu et al. is
    ``TrainingScheme("RAI", Asymmetric(), 0.6007**2)``, made for ReLU.

    >>> [(s.name, round(s.sigma_w2, 6)) for s in default_schemes("relu")[:3]]
    [('He', 2.0), ('anti-correlated', 2.0), ('norm-preserving anti-correlated', 2.933884)]
    """
    he = _preserving(activation, 0)
    schemes = (
        TrainingScheme("He", "gaussian", he),
        TrainingScheme("anti-correlated", Correlated(1), he),
        TrainingScheme("norm-preserving anti-correlated", Correlated(1)),
        TrainingScheme("RAI", Asymmetric()),
        TrainingScheme("anti-correlated RAI", Asymmetric(correlation=1)),
    )
    return tuple(settled(scheme, activation) for scheme in schemes)


def default_teacher(activation) -> TrainingScheme:
    """Rows that sum to 0 at the norm-preserving scale: chaotic for all but affine activations."""
    return settled(TrainingScheme("teacher", Correlated(1)), activation)


def read_first_layer(given) -> TrainingScheme:
    """The law of first layers, sigma_w2 = 1 if it has none: inputs of norm 1 give q = 1."""
    scheme = read_scheme(given)
    brought = getattr(scheme.weights, "sigma_w2", None) if scheme.sigma_w2 is None else 1
    return settled(scheme if brought is not None else replace(scheme, sigma_w2=1), None)


def settled(scheme, activation) -> TrainingScheme:
    """The scheme with numbers for its variances."""
    law, scale = scheme.weights, scheme.sigma_w2
    if scale is None and isinstance(law, MatrixLaw):
        scale = law.sigma_w2
    if scale is None and isinstance(law, Asymmetric):
        scale = _preserving_asymmetric(law, activation)
    if scale is None:
        kappa = law.effect.kappa(_VERB) if isinstance(law, MatrixLaw) else 0
        scale = _preserving(activation, kappa)
    weight, bias = variance_pair(scale, scheme.sigma_b2, _VERB)
    return replace(scheme, sigma_w2=weight, sigma_b2=bias)


def read_schemes(given, activation) -> tuple[TrainingScheme, ...]:
    """Schemes with numbers, from schemes, laws or texts, or a mapping of names to these."""
    if given is None:
        return default_schemes(activation)
    if isinstance(given, Mapping):
        given = [_named(value, str(name)) for name, value in given.items()]
    elif isinstance(given, (str, TrainingScheme, MatrixLaw)) or not hasattr(given, "__iter__"):
        given = [given]
    schemes = tuple(settled(read_scheme(one), activation) for one in given)
    names = [scheme.name for scheme in schemes]
    if not names:
        raise InputError(f"{_VERB}: schemes is empty; give at least one, or None for the usual")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{_VERB}: two schemes are called {twice!r}; give each its own name")
    return schemes


def read_scheme(given) -> TrainingScheme:
    """A TrainingScheme as it is, else one called like the law that is given."""
    return given if isinstance(given, TrainingScheme) else _named(given, None)


def _named(given, name):
    if isinstance(given, TrainingScheme):
        return replace(given, name=name)
    law = as_matrix_law(given)
    return TrainingScheme(str(law) if name is None else name, law)


def _preserving(activation, kappa):
    """The sigma_w2 with V(1) = 1 and no bias."""
    phi = numeric_activation(activation)
    value = finite(kappa, "weight_correlation", _VERB)
    moment = float(numeric_activation(MeanField(phi.exact, weight_correlation=kappa)).W(1.0))
    if not 1e-12 < moment < 1e12:
        raise InputError(
            f"{_VERB}: no sigma_w2 preserves the norm of {phi.name} at kappa = {value:g}, where "
            f"E phi^2 - kappa (E phi)^2 = {moment:.3g}; give sigma_w2"
        )
    return 1.0 / moment


def _preserving_asymmetric(law, activation):
    """The sigma_w2 that keeps squares constant in depth, E y^2 = 1 if phi is not of degree 1."""
    from theory.asymmetric.maps import AsymmetricMaps

    from ..asymmetric.gain import asymmetric_gain

    maps = AsymmetricMaps(numeric_activation(activation).exact.activation, law)
    try:
        return asymmetric_gain(maps, q=None if maps.activation.homogeneity == 1 else 1)
    except (AssumptionError, InputError) as error:
        raise type(error)(
            f"{_VERB}: no sigma_w2 keeps squares constant under {law}: {error}, or give a "
            f"TrainingScheme its sigma_w2, or give schemes without {law}"
        ) from None
