"""One thread for linear algebra: a second one adds up in another order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep matrix products to one thread, so that a seed's table does not depend on the machine."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
