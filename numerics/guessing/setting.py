"""The variances of a guessing bias: its own, or those given to the verb instead."""

from theory.errors import InputError

__all__ = ["variances_of"]


def variances_of(model, sigma_w2, sigma_b2, verb):
    """(sigma_w2, sigma_b2), exact where they are; given ones replace those of the model."""
    found = []
    for name, given in (("sigma_w2", sigma_w2), ("sigma_b2", sigma_b2)):
        value = getattr(model, name) if given is None else given
        symbols = getattr(value, "free_symbols", None)
        if symbols:
            raise InputError(
                f"{verb}: {name} = {value} of the guessing bias has no value; pass one to "
                f"GuessingBias or to {verb}, as in {name}="
                + ("1.5" if name == "sigma_w2" else "0.1")
            )
        found.append(value)
    return tuple(found)
