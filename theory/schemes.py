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

from .activation import as_activation
from .errors import InputError
from .parser import exact
from .scheme_rules import RULES, Moments
from .scheme_table import Scheme, Schemes, fan_in, fan_out

__all__ = ["Scheme", "Schemes", "fan_in", "fan_out", "schemes"]


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
    known: dict[str, Moments] = {}

    def moments(home=None):
        if home is None and activation is None:
            return None
        phi = as_activation(home if activation is None else activation)
        return known.setdefault(phi.name, Moments(phi, place))

    return Schemes(place, tuple(rule(moments) for rule in RULES))
