"""The spectrum of the input-output Jacobian as numbers: density, edges, moments, samples."""
