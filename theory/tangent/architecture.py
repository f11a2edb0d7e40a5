r"""The architectures whose tangent kernel has a recursion, as data.

Every layer adds a branch to what it passes on,

    y^l = s y^{l-1} + sqrt(b_l) (W^l phi(y^{l-1}) + bias),

with s = 0 for dense and convolutional layers and s = 1 for residual ones unless another s is
given; the branch weight b_l of these is 1, 1/l or 1/L (L the depth).  A convolution also averages
over the positions of its filter.
"""

from dataclasses import dataclass, replace

import sympy as sp

from ..errors import InputError, UnknownNameError
from ..layer_options import skip_option
from ..symbols import l
from .symbols import L

__all__ = ["ARCHITECTURES", "Architecture", "architecture_named"]


@dataclass(frozen=True)
class Architecture:
    """``skip`` is s, ``branch`` is b_l (in the layer index ``l`` and the depth ``L``)."""

    name: str
    skip: sp.Expr
    branch: sp.Expr
    filter_size: int = 1

    @property
    def is_convolution(self) -> bool:
        """Whether layers average over positions."""
        return self.name == "conv"

    @property
    def is_residual(self) -> bool:
        """Whether a layer passes on its input."""
        return self.skip != 0

    @property
    def is_growing(self) -> bool | None:
        """Whether variances grow without limit, as |s| >= 1; None where that is open."""
        return (self.skip**2 - 1).is_nonnegative


_KINDS = {
    "dense": (sp.S.Zero, sp.S.One),
    "conv": (sp.S.Zero, sp.S.One),
    "residual": (sp.S.One, sp.S.One),
    "scaled-residual": (sp.S.One, 1 / l),
    "stable-residual": (sp.S.One, 1 / L),
}

#: The names that are understood.
ARCHITECTURES = tuple(_KINDS)


def architecture_named(name: str, filter_size: int | None = None, skip=None) -> Architecture:
    """The architecture of this name; UnknownNameError or InputError in one sentence otherwise.

    ``skip`` is in place of its own s, if given.

    >>> architecture_named("scaled-residual").branch
    1/l
    """
    layout = _named(name, filter_size)
    return layout if skip is None else replace(layout, skip=skip_option(skip))


def _named(name, filter_size):
    if not isinstance(name, str) or name not in _KINDS:
        raise UnknownNameError(
            f"no architecture {name!r}; the architectures are {', '.join(ARCHITECTURES)}"
        )
    if name != "conv":
        if filter_size is not None:
            raise InputError(f"filter_size belongs to architecture 'conv'; {name!r} has no filter")
        return Architecture(name, *_KINDS[name])
    size = 3 if filter_size is None else filter_size
    if isinstance(size, bool) or not isinstance(size, int) or size < 1 or size % 2 == 0:
        raise InputError(
            f"filter_size is an odd positive integer (centred filters); got {filter_size!r}"
        )
    return Architecture(name, *_KINDS[name], size)
