"""The mathematics: activations, Gaussian expectations and the theories built from them.

Expressions in, expressions out: SymPy and mpmath only.  ``activation`` analyses a function,
``gaussian`` is the expectation node, ``closed_forms`` derives its value, ``mean_field`` is the
first theory.  Nothing in here imports an array library.
"""
