"""The neural tangent kernel as numbers: pairs of inputs, kernel matrices, finite networks."""
