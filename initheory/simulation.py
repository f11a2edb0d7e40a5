"""A simulation for the command line: what its options mean, and its summary as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.activation import Activation
from theory.errors import InputError

from .derivation import read_parameters, require_values
from .pictures import require_matplotlib

if TYPE_CHECKING:
    from numerics.sample import Sample

__all__ = ["as_json", "draw", "sample_of"]

#: Options that belong to the shaping, to the law of the weights, to networks, and to a run.
_SHAPING = ("shaping", "centre", "a", "c_plus", "c_minus", "skip", "architecture", "gamma")
_WEIGHTS = ("weights", "weight_correlation")
_NETWORK = ("width", "depth", "sigma_w2", "sigma_b2")
_RUN = ("rho0", "V0", "seed", "threads")

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


def sample_of(
    activation: str | None,
    parameters: Mapping[str, str],
    network: bool,
    paths: int,
    options: Mapping[str, Any],
    values: bool = True,
) -> "Sample":
    """Run what the options of the command describe; an option without a value is None.

    >>> sample_of("relu", {}, True, 3, {"width": 10, "rho0": 0.5}).values.shape
    (3,)
    """
    from numerics.simulate import simulate
    from theory.covariance_sde import CovarianceSDE
    from theory.network import Network

    given = {name: value for name, value in options.items() if value is not None}
    phi = None
    if activation is not None:
        phi = Activation(activation, **read_parameters(parameters))
        require_values(phi)
    elif "shaping" not in given:
        raise InputError("simulate: give an ACTIVATION, such as relu, or --shaping")
    shaped = {name: given[name] for name in (*_SHAPING, *_WEIGHTS) if name in given}
    run = {name: given[name] for name in _RUN if name in given}
    if "rho0" not in run and "V0" not in run:
        raise InputError("simulate: give --rho0, a correlation, or --v0, a squared norm")
    keep = "values" if values else "statistics"
    if not network:
        _refuse(given, (*_NETWORK, "method"), "describes a network; add --network")
        run |= {"T": given.get("T", 1.0), "steps": given.get("steps")}
        return simulate(CovarianceSDE(phi, **shaped), paths=paths, keep=keep, **run)
    _refuse(given, ("T", "steps"), "belongs to the SDE; a network has --width and --depth")
    if "width" not in given:
        raise InputError("simulate: a network needs --width, such as --width 200")
    net = {name: given[name] for name in _NETWORK if name in given}
    net.setdefault("depth", net["width"])
    model = Network(phi, **net, **shaped)
    return simulate(model, paths=paths, keep=keep, method=given.get("method"), **run)


def as_json(sample: "Sample") -> str:
    """The summary: mean, standard error, variance and quantiles of the paths that did not explode.

    Quantiles count an exploded path as infinite ("inf"); they are null for a correlation then.
    """
    import numpy as np

    number, mean, variance = sample.survivors()
    with_quantiles = not (sample.exploded and sample.quantity == "rho")
    quantiles = sample.quantiles(SHARES).tolist() if with_quantiles else None
    summary = {
        "model": sample.label,
        "quantity": sample.quantity,
        "paths": sample.paths,
        "exploded": sample.exploded,
        "mean": _numbers(mean),
        "standard_error": _numbers(np.sqrt(variance / np.maximum(number, 1))),
        "variance": _numbers(variance),
        "quantiles": quantiles
        and dict(zip(map(str, SHARES), map(_numbers, quantiles), strict=True)),
        "statement": sample.statement,
        "inputs": sample.provenance.inputs,
        "seed": sample.provenance.seed,
        "versions": sample.provenance.versions,
    }
    return json.dumps(summary, indent=2)


def draw(sample: "Sample", path: Path) -> None:
    """The density of the values as a picture; InputError without matplotlib."""
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    sample.plot(ax=figure.subplots())
    figure.savefig(path, dpi=150)


def _refuse(given, names, why):
    for name in names:
        if name in given:
            raise InputError(f"simulate: --{name.replace('_', '-')} {why}")


def _numbers(value):
    """A number or nested lists of numbers; what is not finite becomes text."""
    import numpy as np

    if np.ndim(value):
        return [_numbers(item) for item in np.asarray(value).tolist()]
    number = float(value)
    return number if np.isfinite(number) else repr(number)
