"""Everything that can go wrong, as one family of exceptions.

Each class also inherits from the built-in exception that a caller would already catch.  A message
says what was asked, what is wrong with it and what would work, in that order.
"""

__all__ = [
    "ActivationSyntaxError",
    "AssumptionError",
    "CacheError",
    "ClaimError",
    "DivergentExpectationError",
    "InitheoryError",
    "InputError",
    "KernelError",
    "NonRealActivationError",
    "PrecisionError",
    "UndecidedError",
    "UnknownNameError",
]


class InitheoryError(Exception):
    """The root of every error that this toolkit raises on purpose."""


class InputError(InitheoryError, ValueError):
    """An argument is outside the domain of the question (a negative variance, say)."""


class ActivationSyntaxError(InputError):
    """A text is not an expression of the activation grammar."""


class NonRealActivationError(InputError):
    """The activation is undefined or not real somewhere on the real line."""


class UnknownNameError(InitheoryError, LookupError):
    """No activation, claim or symbol has this name; the message lists the nearest ones."""


class AssumptionError(InputError):
    """A theory was asked about an object that does not meet its assumptions."""


class DivergentExpectationError(InitheoryError, ArithmeticError):
    """A Gaussian expectation is infinite; the message says for which variances it exists."""


class PrecisionError(InitheoryError, ArithmeticError):
    """A numeric result could not be brought to the accuracy that was asked for."""


class UndecidedError(InitheoryError, ArithmeticError):
    """A property depends on the sign or the order of symbols that carry no such assumption."""


class KernelError(InitheoryError, RuntimeError):
    """Generated code did not compile: a defect of this toolkit, not of the input."""


class CacheError(InitheoryError, OSError):
    """The kernel cache folder cannot be used."""


class ClaimError(InputError):
    """A claim is malformed, or a file of claims cannot be read."""
