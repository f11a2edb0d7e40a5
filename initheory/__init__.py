"""Initialization theory of deep networks, for any activation.

``import initheory as it`` is the whole public API.  Objects are mathematics (``it.MeanField`` has
SymPy expressions as attributes), verbs are computation (``it.fixed_points`` returns numbers).
Every name is resolved at its first use, so the import itself loads neither SymPy nor a compiler.

>>> import initheory as it
>>> it.MeanField("relu").variance_map
q*sigma_w2/2 + sigma_b2
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._layout import check_layout
from ._version import __version__

if TYPE_CHECKING:
    from numerics.asymmetric.gain import asymmetric_gain
    from numerics.asymmetric.growth import asymmetric_growth
    from numerics.asymmetric.iteration import asymmetric_iteration, asymmetric_networks
    from numerics.compile import compile
    from numerics.dead_units.by_layer import dead_units
    from numerics.dead_units.study import dead_study
    from numerics.edge_of_chaos import edge_of_chaos
    from numerics.edge_range import edge_of_chaos_range
    from numerics.enclosure import enclose
    from numerics.explosion_thresholds import explosion_thresholds
    from numerics.fixed_point import fixed_points
    from numerics.fixed_point_sequences import fixed_point_sequences
    from numerics.gradient_growth.growth import gradient_growth
    from numerics.guessing.class_fraction import class_fraction
    from numerics.guessing.data import data_statistics
    from numerics.guessing.datasets import digits
    from numerics.guessing.networks import guessing_study
    from numerics.guessing.neutral_line import neutral_line
    from numerics.guessing.prediction import predict_bias
    from numerics.guessing.training import bias_training
    from numerics.hermite_series import hermite_series
    from numerics.initialization import initialization
    from numerics.kernel_training import kernel_training
    from numerics.law import law
    from numerics.matrix_sampling import sample_weights
    from numerics.phase_diagram import phase_diagram
    from numerics.preactivation_study import preactivation_study
    from numerics.propagate import propagate
    from numerics.result import load
    from numerics.simulate import simulate
    from numerics.spectrum.jacobian import jacobian
    from numerics.tangent.digits import ntk_digits
    from numerics.tangent.empirical import empirical_ntk
    from numerics.tangent.matrix import ntk_matrix
    from numerics.teacher.scheme import TrainingScheme
    from numerics.teacher.study import teacher_student
    from proofs_check import claim, verify
    from proofs_check.registry import claims
    from theory import symbols, weights
    from theory.activation import Activation, activation, activations
    from theory.asymmetric.maps import AsymmetricMaps
    from theory.covariance_sde import CovarianceSDE
    from theory.curvature import Curvature
    from theory.dead_units.units import DeadUnits
    from theory.errors import (
        ActivationSyntaxError,
        AssumptionError,
        CacheError,
        ClaimError,
        DivergentExpectationError,
        InitheoryError,
        InputError,
        KernelError,
        NonRealActivationError,
        PrecisionError,
        UndecidedError,
        UnknownNameError,
    )
    from theory.finite_width import at_width, one_step
    from theory.fixed_point_family import FixedPointFamily
    from theory.gaussian import E2, E, GaussianExpectation
    from theory.gaussian_constraints import gaussian_constraints
    from theory.gaussian_pair import GaussianPair
    from theory.guessing import GuessingBias
    from theory.guessing.pooling import PooledMeanField
    from theory.hermite import hermite
    from theory.kernel_training import limit_predictor
    from theory.mean_field import MeanField
    from theory.network import Network
    from theory.schemes import schemes
    from theory.spectrum.jacobian import JacobianSpectrum
    from theory.tangent import NTK
    from theory.unshaped import unshaped_limit

    from .derivation import derive
    from .kernels import KernelTable, kernel_table
    from .report import Report

#: Where each public name lives: "module" for a module, "module:attribute" for anything else.
_HOMES = {
    "Activation": "theory.activation:Activation",
    "ActivationSyntaxError": "theory.errors:ActivationSyntaxError",
    "AssumptionError": "theory.errors:AssumptionError",
    "AsymmetricMaps": "theory.asymmetric.maps:AsymmetricMaps",
    "CacheError": "theory.errors:CacheError",
    "ClaimError": "theory.errors:ClaimError",
    "CovarianceSDE": "theory.covariance_sde:CovarianceSDE",
    "Curvature": "theory.curvature:Curvature",
    "DeadUnits": "theory.dead_units.units:DeadUnits",
    "DivergentExpectationError": "theory.errors:DivergentExpectationError",
    "E": "theory.gaussian:E",
    "E2": "theory.gaussian:E2",
    "FixedPointFamily": "theory.fixed_point_family:FixedPointFamily",
    "GaussianExpectation": "theory.gaussian:GaussianExpectation",
    "GaussianPair": "theory.gaussian_pair:GaussianPair",
    "GuessingBias": "theory.guessing:GuessingBias",
    "InitheoryError": "theory.errors:InitheoryError",
    "InputError": "theory.errors:InputError",
    "JacobianSpectrum": "theory.spectrum.jacobian:JacobianSpectrum",
    "KernelError": "theory.errors:KernelError",
    "KernelTable": "initheory.kernels:KernelTable",
    "MeanField": "theory.mean_field:MeanField",
    "NTK": "theory.tangent:NTK",
    "Network": "theory.network:Network",
    "NonRealActivationError": "theory.errors:NonRealActivationError",
    "PooledMeanField": "theory.guessing.pooling:PooledMeanField",
    "PrecisionError": "theory.errors:PrecisionError",
    "Report": "initheory.report:Report",
    "TrainingScheme": "numerics.teacher.scheme:TrainingScheme",
    "UndecidedError": "theory.errors:UndecidedError",
    "UnknownNameError": "theory.errors:UnknownNameError",
    "activation": "theory.activation:activation",
    "activations": "theory.activation:activations",
    "asymmetric_gain": "numerics.asymmetric.gain:asymmetric_gain",
    "asymmetric_growth": "numerics.asymmetric.growth:asymmetric_growth",
    "asymmetric_iteration": "numerics.asymmetric.iteration:asymmetric_iteration",
    "asymmetric_networks": "numerics.asymmetric.iteration:asymmetric_networks",
    "at_width": "theory.finite_width:at_width",
    "bias_training": "numerics.guessing.training:bias_training",
    "claim": "proofs_check:claim",
    "claims": "proofs_check.registry:claims",
    "class_fraction": "numerics.guessing.class_fraction:class_fraction",
    "compile": "numerics.compile:compile",
    "data_statistics": "numerics.guessing.data:data_statistics",
    "dead_study": "numerics.dead_units.study:dead_study",
    "dead_units": "numerics.dead_units.by_layer:dead_units",
    "derive": "initheory.derivation:derive",
    "digits": "numerics.guessing.datasets:digits",
    "edge_of_chaos": "numerics.edge_of_chaos:edge_of_chaos",
    "edge_of_chaos_range": "numerics.edge_range:edge_of_chaos_range",
    "empirical_ntk": "numerics.tangent.empirical:empirical_ntk",
    "enclose": "numerics.enclosure:enclose",
    "explosion_thresholds": "numerics.explosion_thresholds:explosion_thresholds",
    "fixed_point_sequences": "numerics.fixed_point_sequences:fixed_point_sequences",
    "fixed_points": "numerics.fixed_point:fixed_points",
    "gaussian_constraints": "theory.gaussian_constraints:gaussian_constraints",
    "gradient_growth": "numerics.gradient_growth.growth:gradient_growth",
    "guessing_study": "numerics.guessing.networks:guessing_study",
    "hermite": "theory.hermite:hermite",
    "hermite_series": "numerics.hermite_series:hermite_series",
    "initialization": "numerics.initialization:initialization",
    "jacobian": "numerics.spectrum.jacobian:jacobian",
    "kernel_table": "initheory.kernels:kernel_table",
    "kernel_training": "numerics.kernel_training:kernel_training",
    "law": "numerics.law:law",
    "limit_predictor": "theory.kernel_training:limit_predictor",
    "load": "numerics.result:load",
    "neutral_line": "numerics.guessing.neutral_line:neutral_line",
    "ntk_digits": "numerics.tangent.digits:ntk_digits",
    "ntk_matrix": "numerics.tangent.matrix:ntk_matrix",
    "one_step": "theory.finite_width:one_step",
    "phase_diagram": "numerics.phase_diagram:phase_diagram",
    "preactivation_study": "numerics.preactivation_study:preactivation_study",
    "predict_bias": "numerics.guessing.prediction:predict_bias",
    "propagate": "numerics.propagate:propagate",
    "sample_weights": "numerics.matrix_sampling:sample_weights",
    "schemes": "theory.schemes:schemes",
    "simulate": "numerics.simulate:simulate",
    "symbols": "theory.symbols",
    "teacher_student": "numerics.teacher.study:teacher_student",
    "unshaped_limit": "theory.unshaped:unshaped_limit",
    "verify": "proofs_check:verify",
    "weights": "theory.weights",
}

__all__ = [
    "E2",
    "NTK",
    "Activation",
    "ActivationSyntaxError",
    "AssumptionError",
    "AsymmetricMaps",
    "CacheError",
    "ClaimError",
    "CovarianceSDE",
    "Curvature",
    "DeadUnits",
    "DivergentExpectationError",
    "E",
    "FixedPointFamily",
    "GaussianExpectation",
    "GaussianPair",
    "GuessingBias",
    "InitheoryError",
    "InputError",
    "JacobianSpectrum",
    "KernelError",
    "KernelTable",
    "MeanField",
    "Network",
    "NonRealActivationError",
    "PooledMeanField",
    "PrecisionError",
    "Report",
    "TrainingScheme",
    "UndecidedError",
    "UnknownNameError",
    "__version__",
    "activation",
    "activations",
    "asymmetric_gain",
    "asymmetric_growth",
    "asymmetric_iteration",
    "asymmetric_networks",
    "at_width",
    "bias_training",
    "claim",
    "claims",
    "class_fraction",
    "compile",
    "data_statistics",
    "dead_study",
    "dead_units",
    "derive",
    "digits",
    "edge_of_chaos",
    "edge_of_chaos_range",
    "empirical_ntk",
    "enclose",
    "explosion_thresholds",
    "fixed_point_sequences",
    "fixed_points",
    "gaussian_constraints",
    "gradient_growth",
    "guessing_study",
    "hermite",
    "hermite_series",
    "initialization",
    "jacobian",
    "kernel_table",
    "kernel_training",
    "law",
    "limit_predictor",
    "load",
    "neutral_line",
    "ntk_digits",
    "ntk_matrix",
    "one_step",
    "phase_diagram",
    "preactivation_study",
    "predict_bias",
    "propagate",
    "sample_weights",
    "schemes",
    "simulate",
    "symbols",
    "teacher_student",
    "unshaped_limit",
    "verify",
    "weights",
]

check_layout()


def _integrate_by_balls(node: Any, tolerance: Any) -> Any:
    """Arb arithmetic for evalf, loaded with the first number that is asked for."""
    from numerics.fast_quadrature import integral

    return integral(node, tolerance)


def _sample(law: Any, size: Any, random_state: Any) -> Any:
    """NumPy's generators for the laws of weights, loaded with the first number drawn."""
    from numerics.law_sampling import sample

    return sample(law, size, random_state)


def _draw_matrix(law: Any, fan_out: Any, fan_in: Any, sigma_w2: Any, seed: Any) -> Any:
    """NumPy's generators for weight matrices, loaded with the first matrix drawn."""
    from numerics.matrix_sampling import sample_matrix

    return sample_matrix(law, fan_out, fan_in, sigma_w2, seed)


def _check_matrix(law: Any, fan_out: Any, fan_in: Any, samples: Any, seed: Any) -> Any:
    """Drawn matrices against their law, loaded with the first that is asked for."""
    from numerics.matrix_check import check_matrices

    return check_matrices(law, fan_out, fan_in, samples, seed)


def _enclose_leaf(expr: Any, digits: int, values: Any) -> Any:
    """Arb's bounds for certificates, loaded with the first certificate that needs one."""
    from numerics.laws_certified import enclose_leaf

    return enclose_leaf(expr, digits, values)


def _kurtosis(pair: Any, architecture: Any) -> Any:
    """Quadrature on compiled activations, loaded with the first kurtosis that is asked for."""
    from numerics.pair_kurtosis import excess_kurtosis

    return excess_kurtosis(pair, architecture)


import_module("theory.enclosers").register_encloser(_enclose_leaf)
import_module("theory.integrators").register_integrator(_integrate_by_balls)
import_module("theory.pair_statistics").register_kurtosis(_kurtosis)
import_module("theory.laws.samplers").register_sampler(_sample)
import_module("theory.matrix_laws.samplers").register_matrix_sampler(_draw_matrix, _check_matrix)


if not TYPE_CHECKING:  # a checker must see that other names do not exist

    def __getattr__(name: str) -> Any:
        """Import the home of a public name when the name is first used (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module 'initheory' has no attribute {name!r}")
        home, _, attribute = _HOMES[name].partition(":")
        value = import_module(home)
        if attribute:
            value = getattr(value, attribute)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
