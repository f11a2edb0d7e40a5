"""``derive``: everything the theories say about one activation, gathered into a Report.

A theory is one entry of THEORIES.  Whatever does not apply to the activation at hand becomes a
row that says why; nothing is left out silently.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import sympy as sp

from theory.activation import Activation, as_activation, exact
from theory.errors import (
    AssumptionError,
    DivergentExpectationError,
    InputError,
    UndecidedError,
    UnknownNameError,
)

from .activation_rows import activation_data, activation_rows
from .report import Report, Row

__all__ = ["THEORIES", "derive", "read_parameters", "require_values"]


def _mean_field(activation: Activation, **layer: Any) -> Iterator[Row]:
    from .mean_field_rows import mean_field_rows

    return mean_field_rows(activation, **layer)


def _covariance_sde(activation: Activation, **layer: Any) -> Iterator[Row]:
    from .covariance_sde_rows import covariance_sde_rows

    return covariance_sde_rows(activation, **layer)


def _ntk(activation: Activation, **layer: Any) -> Iterator[Row]:
    from .ntk_rows import ntk_rows

    return ntk_rows(activation, **layer)


def _jacobian(activation: Activation) -> Iterator[Row]:
    from .jacobian_rows import jacobian_rows

    return jacobian_rows(activation)


def _bias(activation: Activation, **layer: Any) -> Iterator[Row]:
    from .guessing_rows import guessing_rows

    return guessing_rows(activation, **layer)


def _gaussian(activation: Activation) -> Iterator[Row]:
    from .gaussian_rows import gaussian_rows

    return gaussian_rows(activation)


def _jacobian_numbers(activation: Activation, **settings) -> Iterator[Row]:
    from .jacobian_rows import jacobian_number_rows

    return jacobian_number_rows(activation, **settings)


def _mean_field_numbers(activation: Activation, **settings) -> Iterator[Row]:
    from .number_rows import number_rows

    return number_rows(activation, **settings)


def _covariance_sde_numbers(activation: Activation, **settings) -> Iterator[Row]:
    from .covariance_sde_numbers import covariance_sde_number_rows

    return covariance_sde_number_rows(activation, **settings)


def _bias_numbers(activation: Activation, **settings) -> Iterator[Row]:
    from .guessing_numbers import guessing_number_rows

    return guessing_number_rows(activation, **settings)


#: Topic -> the rows of its formulas, in reading order.
THEORIES: Mapping[str, Callable[..., Iterable[Row]]] = {
    "activation": activation_rows,
    "mean-field": _mean_field,
    "jacobian": _jacobian,
    "ntk": _ntk,
    "sde": _covariance_sde,
    "bias": _bias,
    "gaussian": _gaussian,
}

#: Topic -> the rows of its computed numbers, which need compiled kernels.
NUMBERS: Mapping[str, Callable[..., Iterable[Row]]] = {
    "mean-field": _mean_field_numbers,
    "jacobian": _jacobian_numbers,
    "sde": _covariance_sde_numbers,
    "bias": _bias_numbers,
}

#: Topic -> the options of a layer that its theory takes.
LAYERED: Mapping[str, tuple[str, ...]] = {
    "activation": ("weight_correlation", "skip"),  # which has no layer
    "mean-field": ("weight_correlation", "skip"),
    "ntk": ("weight_correlation", "skip"),
    "sde": ("weight_correlation",),
    "bias": ("weight_correlation",),
}


def derive(
    activation: Any,
    topics: Iterable[str] | None = None,
    *,
    numbers: bool = True,
    sigma_w2: float | None = None,
    sigma_b2: float | None = None,
    weight_correlation: Any = None,
    skip: Any = None,
    weights: Any = None,
    **parameters: Any,
) -> Report:
    """The theory of an activation as a Report, each formula with a check of it.

    Parameters
    ----------
    activation
        A formula in x, a name, a SymPy expression or an Activation; or a MeanField, which brings
        the options of its layer.
    topics
        A selection of "activation", "mean-field", "jacobian", "ntk", "sde", "bias" and
        "gaussian"; all by default.
    numbers
        Also compute fixed points, the edge of chaos and gains, explosion times, the centres of
        shapings that explode, and the guessing bias by layer.  Without, nothing is compiled.
    sigma_w2, sigma_b2
        Where to give the fixed points; by default at the usual initializations.
    weight_correlation, skip
        Options of the layer, as in ``MeanField``, for "mean-field", "ntk", "sde" and "bias" (the
        last two without ``skip``); the other theories of layers say that they do not take them.
    weights
        A law of :mod:`theory.weights` or its text in place of ``weight_correlation``.
    parameters
        Values of parameters of the activation, such as ``beta=1.7``.

    Raises
    ------
    UnknownNameError
        for a topic or an activation that does not exist; and what ``Activation`` raises.

    >>> report = derive("erf", numbers=False)
    >>> report["chi_1"].sympy
    '4*sigma_w2/(pi*sqrt(4*q + 1))'
    >>> report["chi_1"].check.verdict
    'SUPPORTED'
    """
    chosen = _chosen(topics)
    layer = _layer(activation, weights, weight_correlation, skip)
    given = _without_layer(activation)
    phi = Activation(given, **parameters) if parameters else as_activation(given)
    place = {"sigma_w2": sigma_w2, "sigma_b2": sigma_b2}
    rows: list[Row] = []
    for topic in chosen:
        if refused := [name for name in layer if name not in LAYERED.get(topic, ())]:
            rows.append(_without_options(topic, refused))
            continue
        options = layer if topic != "activation" else {}
        rows.extend(_guarded(topic, THEORIES[topic], phi, **options))
        if numbers and topic in NUMBERS:
            rows.extend(_guarded(topic, NUMBERS[topic], phi, **place, **options))
    inputs = {**place, **_as_text(layer), **_as_text(parameters)}
    return Report(
        activation_data(phi),
        tuple(rows),
        {key: value for key, value in inputs.items() if value is not None},
    )


def read_parameters(texts: Mapping[str, str]) -> dict[str, sp.Expr]:
    """Parameter values typed by a user, as exact numbers.

    >>> read_parameters({"beta": "1.7"})
    {'beta': 17/10}
    """
    values = {name: exact(text, name) for name, text in texts.items()}
    for name, value in values.items():
        if not (value.is_number and value.is_finite and value.is_extended_real):
            raise InputError(
                f"the value of {name} must be a real number such as 1.7; got {texts[name]!r}"
            )
    return values


def require_values(phi: Activation) -> None:
    """InputError, in the words of the command line, if a parameter has no value."""
    if phi.parameters:
        name = phi.parameters[0]
        raise InputError(
            f"the parameter {name} of {phi.name} has no value; give it one: --param {name}=1"
        )


def _chosen(topics: Iterable[str] | None) -> tuple[str, ...]:
    if topics is None:
        return tuple(THEORIES)
    wanted = [topics] if isinstance(topics, str) else list(topics)
    for topic in wanted:
        if topic not in THEORIES:
            raise UnknownNameError(f"no topic {topic!r}; the topics are {', '.join(THEORIES)}")
    return tuple(topic for topic in THEORIES if topic in wanted)


def _guarded(topic: str, rows: Callable[..., Iterable[Row]], *about, **settings) -> Iterator[Row]:
    """The rows, and in place of the rest of them a reason if the theory does not apply."""
    try:
        yield from rows(*about, **settings)
    except (AssumptionError, DivergentExpectationError, UndecidedError) as error:
        yield Row(topic, "not_applicable", "does not apply", note=str(error))


def _without_layer(given: Any) -> Any:
    """The activation of a MeanField; anything else as it is."""
    from theory.mean_field import MeanField

    return given.activation if isinstance(given, MeanField) else given


def _layer(given: Any, weights: Any, weight_correlation: Any, skip: Any) -> dict[str, sp.Expr]:
    """The options of the layer that are not 0, exactly; those of a MeanField if not given."""
    from theory.layer_options import inherited, skip_option
    from theory.layer_weights import layer_weights

    kappa, _ = layer_weights(given, weights, weight_correlation, "derive")
    kept = skip_option(inherited(given, skip=skip)["skip"])
    options = {"weight_correlation": kappa, "skip": kept}
    return {name: value for name, value in options.items() if value != 0}


def _without_options(topic: str, names: Iterable[str]) -> Row:
    note = f"this theory is that of layers without the option: leave out {' and '.join(names)}"
    return Row(topic, "not_applicable", "does not apply", note=note)


def _as_text(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items()}
