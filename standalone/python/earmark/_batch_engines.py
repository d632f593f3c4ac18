"""Engines that run the shards of a plan: Ray, Dask, and any function like `map`. The packages are imported when they are used."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ._errors import ArgumentError, BatchError

#: Number of shards in flight for each process: enough that none waits, and few enough for any number of shards.
IN_FLIGHT = 4
#: Number of processes that may end while they run a shard. Files that end a process are found before that.
RETRIES = 100

Work = Callable[[tuple[int, int]], dict[str, Any]]
Places = list[tuple[int, int]]


def outcomes(engine: Any, work: Work, places: Places, jobs: int | None, address: str | None) -> tuple[int, Iterator[dict[str, Any]]]:
    """Return the number of processes, and an iterator over the outcomes of shards, in any order."""
    if engine == "ray":
        return _ray(work, places, jobs, address)
    if engine == "dask":
        return _dask(work, places, jobs, address)
    if callable(engine):
        return jobs or 1, iter(engine(work, places))
    raise ArgumentError(f"cannot use `engine` (expected 'local', 'ray', 'dask' or a function like map, got {engine!r})")


def _ray(work: Work, places: Places, jobs: int | None, address: str | None) -> tuple[int, Iterator[dict[str, Any]]]:
    try:
        import ray  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise BatchError("cannot use the engine ray (expected the package, got none): pip install 'earmark[ray]'") from error
    if not ray.is_initialized():
        options: dict[str, Any] = {"address": address} if address else {"num_cpus": jobs, "include_dashboard": False}
        ray.init(log_to_driver=False, **options)
    processes = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))

    def call(place: tuple[int, int]) -> dict[str, Any]:
        return work(place)

    # Tasks, which keep their process as actors do, and which are run again when it ends.
    task = ray.remote(call).options(num_cpus=1, max_retries=RETRIES)

    def run() -> Iterator[dict[str, Any]]:
        waiting = iter(places)
        flight = [task.remote(place) for place in itertools.islice(waiting, processes * IN_FLIGHT)]
        while flight:
            done, flight = ray.wait(flight, num_returns=1)
            yield from ray.get(done)
            flight += [task.remote(place) for place in itertools.islice(waiting, len(done))]

    return processes, run()


def _dask(work: Work, places: Places, jobs: int | None, address: str | None) -> tuple[int, Iterator[dict[str, Any]]]:
    try:
        import distributed  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise BatchError("cannot use the engine dask (expected distributed, got none): pip install 'earmark[dask]'") from error
    try:
        client, cluster = distributed.get_client(address), None
    except ValueError:
        # Without an address and a client, processes of this machine.
        cluster = distributed.LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        client = distributed.Client(cluster)
    processes = jobs or max(1, sum(client.nthreads().values()))

    def submit(some: Iterable[tuple[int, int]]) -> list[Any]:
        return [client.submit(work, place, pure=False, retries=RETRIES) for place in some]

    def run() -> Iterator[dict[str, Any]]:
        waiting = iter(places)
        try:
            running = distributed.as_completed(submit(itertools.islice(waiting, processes * IN_FLIGHT)), with_results=True)
            for future, outcome in running:
                future.release()
                running.update(submit(itertools.islice(waiting, 1)))
                yield outcome
        finally:
            if cluster is not None:
                client.close()
                cluster.close()

    return processes, run()
