"""The built-in claims: one explicit sum of the tuples of their files."""

from ..statement import Claim
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
from .mean_field_edge import EDGE
from .mean_field_fixed_points import FIXED_POINTS
from .mean_field_geometry import GEOMETRY
from .mean_field_hermite import HERMITE
from .mean_field_maps import MAPS
from .mean_field_rates import RATES
from .mean_field_sigmoid import SIGMOID
from .mean_field_singular_rates import SINGULAR_RATES
from .mean_field_values import VALUES

__all__ = ["CLAIMS", "FORMS"]

MEAN_FIELD = MAPS + HERMITE + FIXED_POINTS + EDGE + SIGMOID + RATES + SINGULAR_RATES
MEAN_FIELD += VALUES + GEOMETRY

#: Closed forms of Gaussian expectations, one claim per function.
FORMS = HOMOGENEOUS + SMOOTH + EXPONENTIAL_PIECES + PIECEWISE_LINEAR

EXPECTATIONS = FORMS + IDENTITIES + ORTHANTS + POWERS + SERIES + EXPANSIONS + CONSEQUENCES

#: Limits of shaped networks whose depth grows with their width.
COVARIANCE_SDE = MATRIX + NORM + CORRELATION + LAWS + SMOOTH_DRIFT + EXPONENTS + EXPLOSION + TIME
COVARIANCE_SDE += LAYERS + RESIDUAL

CLAIMS: tuple[Claim, ...] = MEAN_FIELD + EXPECTATIONS + COVARIANCE_SDE
