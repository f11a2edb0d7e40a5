"""What the toolkit claims, how each claim is checked, and what came out.

``verify`` runs claims and ``claim`` turns a user's function into one; the function that lists
claims is ``registry.claims``, because ``proofs_check.claims`` is the package that holds them.  The
kinds of checks that a claim may return are here too.
"""

from .checks import Certified, CertifiedRoots, CertifiedValue, Numeric, Statistical, Symbolic
from .claim_files import load_claims
from .outcome import Outcome
from .runner import verify
from .statement import Claim, Mutation, claim
from .verdict import Verdict
from .verification_report import VerificationReport

__all__ = [
    "Certified",
    "CertifiedRoots",
    "CertifiedValue",
    "Claim",
    "Mutation",
    "Numeric",
    "Outcome",
    "Statistical",
    "Symbolic",
    "Verdict",
    "VerificationReport",
    "claim",
    "load_claims",
    "verify",
]
