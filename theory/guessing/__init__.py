"""Initial guessing bias: which fraction of the inputs an untrained classifier gives to a class."""

from .guessing_bias import GuessingBias

__all__ = ["GuessingBias"]
