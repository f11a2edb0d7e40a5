"""The built-in claims: one explicit sum of the tuples of their files."""

from ..statement import Claim
from .correlated_covariance import CORRELATED_COVARIANCE
from .correlated_edge import CORRELATED_EDGE
from .correlated_gradient import CORRELATED_GRADIENT
from .correlated_law import CORRELATED_LAW
from .correlated_leaky import CORRELATED_LEAKY
from .correlated_maps import CORRELATED_MAPS
from .correlated_odd import CORRELATED_ODD
from .correlated_relu import CORRELATED_RELU
from .correlated_relu_bias import CORRELATED_RELU_BIAS
from .correlated_relu_fixed import CORRELATED_RELU_FIXED
from .correlated_relu_phases import CORRELATED_RELU_PHASES
from .correlated_slopes import CORRELATED_SLOPES
from .correlated_stability import CORRELATED_STABILITY
from .correlated_zero import CORRELATED_ZERO
from .covariance_sde_correlation import CORRELATION
from .covariance_sde_explosion import EXPLOSION
from .covariance_sde_exponents import EXPONENTS
from .covariance_sde_laws import LAWS
from .covariance_sde_layers import LAYERS
from .covariance_sde_matrix import MATRIX
from .covariance_sde_norm import NORM
from .covariance_sde_residual import RESIDUAL
from .covariance_sde_smooth import SMOOTH_DRIFT
from .covariance_sde_time import TIME
from .covariance_sde_weights import CORRELATED_SDE
from .dead_born import DEAD_BORN
from .dead_gram import DEAD_GRAM
from .dead_pairs import DEAD_PAIRS
from .dead_single import DEAD_SINGLE
from .expectation_consequences import CONSEQUENCES
from .expectation_expansions import EXPANSIONS
from .expectation_exponential_pieces import EXPONENTIAL_PIECES
from .expectation_homogeneous import HOMOGENEOUS
from .expectation_identities import IDENTITIES
from .expectation_orthants import ORTHANTS
from .expectation_piecewise_linear import PIECEWISE_LINEAR
from .expectation_powers import POWERS
from .expectation_series import SERIES
from .expectation_smooth import SMOOTH
from .gaussian_pairs_asymptotics import ASYMPTOTICS
from .gaussian_pairs_bias import BIAS
from .gaussian_pairs_closed import CLOSED_LAWS
from .gaussian_pairs_constraints import CONSTRAINTS
from .gaussian_pairs_existence import EXISTENCE
from .gaussian_pairs_families import FAMILIES
from .gaussian_pairs_fixed_points import PAIR_FIXED_POINTS
from .gaussian_pairs_gamma_families import GAMMA_FAMILIES
from .gaussian_pairs_mean_field import PAIR_MEAN_FIELD
from .gaussian_pairs_moments import PAIR_MOMENTS
from .gaussian_pairs_networks import PAIR_NETWORKS
from .gaussian_pairs_numbers import NUMBERS
from .guessing_agreement import AGREEMENT_OF_GUESSES
from .guessing_dictionary import DICTIONARY
from .guessing_gradient import GRADIENT
from .guessing_largest import LARGEST_FRACTION
from .guessing_law import LAW
from .guessing_layers import LAYERS_OF_BIAS
from .guessing_moments import MOMENTS_OF_LAW
from .guessing_odd import ODD
from .guessing_pooling import POOLING
from .guessing_recursion import RELU_LAYERS
from .guessing_regimes import REGIMES
from .guessing_relu_phases import RELU_PHASES
from .guessing_theorem import EQUIVALENCE
from .guessing_trainable import TRAINABLE
from .mean_field_edge import EDGE
from .mean_field_fixed_points import FIXED_POINTS
from .mean_field_geometry import GEOMETRY
from .mean_field_hermite import HERMITE
from .mean_field_maps import MAPS
from .mean_field_rates import RATES
from .mean_field_sigmoid import SIGMOID
from .mean_field_singular_rates import SINGULAR_RATES
from .mean_field_values import VALUES
from .rai_growth import RAI_GROWTH
from .rai_layer import RAI_LAYER
from .tangent_convolution import CONVOLUTION
from .tangent_diagonal import DIAGONAL
from .tangent_phases import PHASES
from .tangent_power import POWER_FAMILY
from .tangent_rates import RATES as TANGENT_RATES
from .tangent_ratio import RATIO
from .tangent_recursion import RECURSION
from .tangent_residual import RESIDUAL as RESIDUAL_TANGENT
from .tangent_shrinking import SHRINKING
from .tangent_training import TRAINING

__all__ = ["CLAIMS", "FORMS"]

MEAN_FIELD = MAPS + HERMITE + FIXED_POINTS + EDGE + SIGMOID + RATES + SINGULAR_RATES
MEAN_FIELD += VALUES + GEOMETRY

#: Closed forms of Gaussian expectations, one claim per function.
FORMS = HOMOGENEOUS + SMOOTH + EXPONENTIAL_PIECES + PIECEWISE_LINEAR

EXPECTATIONS = FORMS + IDENTITIES + ORTHANTS + POWERS + SERIES + EXPANSIONS + CONSEQUENCES

#: Limits of shaped networks whose depth grows with their width.
COVARIANCE_SDE = MATRIX + NORM + CORRELATION + LAWS + SMOOTH_DRIFT + EXPONENTS + EXPLOSION + TIME
COVARIANCE_SDE += LAYERS + RESIDUAL + CORRELATED_SDE

#: The tangent kernel at large depth.
TANGENT = RECURSION + PHASES + DIAGONAL + RATIO + POWER_FAMILY + TANGENT_RATES + RESIDUAL_TANGENT
TANGENT += SHRINKING + CONVOLUTION + TRAINING

#: Weights and activations that keep pre-activations exactly normal.
GAUSSIAN_PAIRS = PAIR_MOMENTS + CONSTRAINTS + EXISTENCE + NUMBERS + CLOSED_LAWS + ASYMPTOTICS
GAUSSIAN_PAIRS += FAMILIES + GAMMA_FAMILIES
GAUSSIAN_PAIRS += PAIR_MEAN_FIELD + BIAS + PAIR_NETWORKS + PAIR_FIXED_POINTS

#: The guessing bias of untrained classifiers.
GUESSING = EQUIVALENCE + DICTIONARY + LAW + MOMENTS_OF_LAW + AGREEMENT_OF_GUESSES
GUESSING += LARGEST_FRACTION + LAYERS_OF_BIAS + ODD + GRADIENT
GUESSING += RELU_LAYERS + RELU_PHASES + REGIMES + TRAINABLE + POOLING

#: Weights that are correlated within a row.
CORRELATED_WEIGHTS = CORRELATED_MAPS + CORRELATED_COVARIANCE + CORRELATED_ODD + CORRELATED_SLOPES
CORRELATED_WEIGHTS += CORRELATED_EDGE + CORRELATED_STABILITY + CORRELATED_ZERO
CORRELATED_WEIGHTS += CORRELATED_GRADIENT + CORRELATED_RELU + CORRELATED_RELU_FIXED
CORRELATED_WEIGHTS += CORRELATED_RELU_BIAS + CORRELATED_RELU_PHASES + CORRELATED_LEAKY
CORRELATED_WEIGHTS += CORRELATED_LAW

#: Units that are off on the inputs they see.
DEAD_UNITS = DEAD_SINGLE + DEAD_PAIRS + DEAD_GRAM + DEAD_BORN

#: Weights with one positive entry in every row.
ASYMMETRIC = RAI_LAYER + RAI_GROWTH

CLAIMS: tuple[Claim, ...] = MEAN_FIELD + EXPECTATIONS + COVARIANCE_SDE + GAUSSIAN_PAIRS + TANGENT
CLAIMS += GUESSING + CORRELATED_WEIGHTS + DEAD_UNITS + ASYMMETRIC
