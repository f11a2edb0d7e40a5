r"""What an activation must satisfy for some weights to make W phi(X) standard normal.

W and X ~ N(0, 1) are independent, W is symmetric with any law.  E |W|^s E |phi(X)|^s = E |N|^s for
all s > -1 has consequences that the activation alone can violate: its range, its kurtosis, its
growth, its zeros, and the positivity of the moments that it leaves to |W|.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .activation import Activation
from .constraint import Constraint
from .constraint_rules import growth, kurtosis, moments, near_zero, range_, transform
from .errors import InitheoryError, UnknownNameError
from .laws.recovery import Recovery, unchecked_activation, weights_for

__all__ = ["GaussianConstraints", "gaussian_constraints"]

_RULES = (range_, near_zero, growth, kurtosis, moments, transform)


@dataclass(frozen=True)
class GaussianConstraints:
    """The necessary constraints of one activation, and the verdict on the weight law.

    ``recovery`` holds the verdict with its certificate, and the weight law where it was found.
    """

    activation: Activation
    constraints: tuple[Constraint, ...]
    recovery: Recovery = field(repr=False)

    @property
    def exists(self) -> bool | None:
        """Whether weights exist: True, False or None (undecided)."""
        return self.recovery.exists

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self.recovery.reason

    @property
    def certificate(self):
        """The proof behind ``exists``, or None; it has ``verify()``."""
        return self.recovery.certificate

    @property
    def weights(self):
        """The weight law if one was found, else None."""
        return self.recovery.law

    @property
    def violated(self) -> tuple[Constraint, ...]:
        """The constraints that the activation violates."""
        return tuple(c for c in self.constraints if c.status == "violated")

    @property
    def ok(self) -> bool:
        """Whether no constraint is violated."""
        return not self.violated

    def __getitem__(self, name: str) -> Constraint:
        for constraint in self.constraints:
            if constraint.name == name:
                return constraint
        names = ", ".join(c.name for c in self.constraints)
        raise UnknownNameError(f"no constraint {name!r}; there are {names}")

    def __iter__(self) -> Iterator[Constraint]:
        return iter(self.constraints)

    def __len__(self) -> int:
        return len(self.constraints)

    def __repr__(self):
        count = len(self.violated)
        state = f"{count} violated" if count else "none violated"
        return f"GaussianConstraints({self.activation.name!r}: {state}, exists={self.exists})"

    def __str__(self):
        lines = [f"weights that make W phi(X) normal, phi = {self.activation.name}"]
        lines += [f"  {c.status:9}  {c.title}: {c.reason}" for c in self.constraints]
        return "\n".join([*lines, f"  verdict    {self.recovery}"])

    def latex(self) -> str:
        """The constraints as a LaTeX table."""
        rows = [
            rf"\text{{{_escaped(c.title)}}} & \text{{{c.status}}} & {c.latex} \\"
            for c in self.constraints
        ]
        return "\n".join([r"\begin{array}{lll}", *rows, r"\end{array}"])

    def _repr_latex_(self):
        return f"${self.latex()}$"


def gaussian_constraints(activation: Any) -> GaussianConstraints:
    r"""Which necessary constraints an activation meets for W phi(X) ~ N(0, 1) with some weights W.

    Parameters
    ----------
    activation
        A formula in ``x``, a name, a SymPy expression or an Activation; E phi(X)^2 is needed at
        variance 1 only.

    Returns
    -------
    GaussianConstraints
        One entry for each of ``range``, ``zero``, ``growth``, ``kurtosis``, ``moments`` and
        ``transform``: ``.status`` ('met', 'violated', 'undecided'), ``.reason``, ``.numbers``.

    Raises
    ------
    ActivationSyntaxError, NonRealActivationError, UnknownNameError
        for what is no activation.

    >>> found = gaussian_constraints("relu")
    >>> found["range"].status, found["range"].numbers["P(phi(X) = 0)"]
    ('violated', 1/2)
    >>> gaussian_constraints("erf(x/sqrt(2))").weights
    Maxwell()
    """
    phi = unchecked_activation(activation)
    recovery = weights_for(phi)
    entries = []
    for rule in _RULES:
        try:
            entries.append(rule(phi, recovery.known))
        except (InitheoryError, NotImplementedError) as error:
            name, title = rule.__doc__.split(": ")[0].split("|")
            reason = str(error).replace("\n", " ")
            entries.append(Constraint(name, title.strip(), "undecided", reason))
    return GaussianConstraints(phi, tuple(entries), recovery)


def _escaped(text: str) -> str:
    return text.replace("|", r"$|$").replace("^", r"\^{}")
