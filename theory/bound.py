"""The bound variable of Gaussian expectations."""

import sympy as sp

__all__ = ["BOUND"]

#: The bound variable of every factor: one fixed dummy, so renaming is never needed.
BOUND = sp.Dummy("u", real=True, dummy_index=7_301_951)
