"""The singular values of the input-output Jacobian of wide networks, by free probability."""

from .jacobian import JacobianSpectrum

__all__ = ["JacobianSpectrum"]
