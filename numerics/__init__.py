"""The numbers: the theory's expressions as compiled kernels, roots, grids and enclosures.

``compile`` turns an expression into a function of arrays, ``moments`` integrates, ``fixed_point``,
``edge_of_chaos``, ``phase_diagram`` and ``propagate`` answer the questions of the mean-field
theory, ``enclosure`` certifies.  numba is imported only when a kernel is wanted.
"""
