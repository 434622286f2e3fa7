"""One thread for linear algebra: a second one adds up in another order.

And small networks of scikit-learn take minutes instead of seconds where two threads wait for one
another in a loop, since another program holds a core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep matrix products to one thread, so that results of a seed are the same anywhere."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
