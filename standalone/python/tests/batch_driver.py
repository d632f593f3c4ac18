"""Program that runs a batch for the tests, which kill it or its workers: `batch_driver.py ENGINE JOBS OUT [PORT]`.

With the port of an S3 server on this machine, OUT is an address.
"""

from __future__ import annotations

import sys
from typing import Any

import earmark.batch as b


def server(port: str) -> Any:
    """Return the file system of an S3 server on this machine."""
    import pyarrow.fs

    options = {"access_key": "test", "secret_key": "test", "scheme": "http", "region": "us-east-1"}
    return pyarrow.fs.S3FileSystem(endpoint_override=f"127.0.0.1:{port}", **options)


def main() -> None:
    engine, jobs, out, *port = sys.argv[1:]
    plan = b.open_plan(out, filesystem=server(port[0]) if port else None)
    counts = b.run(plan, engine=engine, jobs=int(jobs))
    print(counts["files"], counts["shards"])


if __name__ == "__main__":
    main()
