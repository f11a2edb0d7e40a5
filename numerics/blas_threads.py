"""One thread for each matrix product while many products run on threads of our own.

Left alone, every product would start as many threads as there are processors, which for small
matrices on a busy machine costs more than the product.
"""

from threadpoolctl import threadpool_limits

__all__ = ["one_blas_thread"]


def one_blas_thread():
    """A context in which BLAS does not start threads; it was as before afterwards."""
    return threadpool_limits(limits=1, user_api="blas")
