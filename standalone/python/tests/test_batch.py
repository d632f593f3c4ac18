"""Batches: local processes, Ray, Dask, any function like map, and stores; killed workers and drivers change nothing."""

from __future__ import annotations

import concurrent.futures
import functools
import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import earmark as em
import earmark.batch as b
from batch_driver import server
from conftest import ROOT, music, write_wav

DRIVER = Path(__file__).with_name("batch_driver.py")
#: Number of sound files of the library.
COUNT = int(os.environ.get("EARMARK_BATCH_FILES", "24"))
#: Longest run of an engine, which starts several processes.
TIMEOUT_S = 600
MODEL = "msd-vgg"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    (folder / "album").mkdir()
    for number in range(COUNT):
        samples = music(3.1 + number % 5 / 10, seed=number) * 32_767
        write_wav(folder / "album" / f"{number:03}.wav", samples.astype(np.int16))
    whole = (folder / "album" / "000.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.mp3").write_bytes(b"no audio, but a text that is long enough to be looked over")
    (folder / "tune.flac").write_bytes((ROOT / "tests" / "fixtures" / "tune.flac").read_bytes())
    (folder / "notes.txt").write_text("no audio, and not looked at")
    return folder


def planned(library: Path, out: Path) -> b.Plan:
    return b.plan(library, out=out, models=MODEL, tracks_per_shard=2)


@pytest.fixture(scope="module")
def digest(library: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of an undisturbed run."""
    plan = planned(library, tmp_path_factory.mktemp("undisturbed") / "out")
    record = b.run(plan, jobs=2)
    assert (record["files"], record["bad"], record["damaged"]) == (COUNT + 4, 2, 1)
    return verified(plan)


def verified(plan: b.Plan) -> str:
    report = b.verify(plan)
    assert (report["files"], report["bad"], report["missing"]) == (COUNT + 4, 2, []), report
    digest: str = report["digest"]
    return digest


def has(*packages: str) -> Any:
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs the packages {', '.join(packages)}: {missing} is not installed")


def test_plan_is_small_and_states_the_recipe(library: Path, tmp_path: Path) -> None:
    plan = planned(library, tmp_path / "out")
    assert pickle.loads(pickle.dumps(plan)) == plan and len(pickle.dumps(plan)) < 1000
    assert (plan.files, plan.shards) == (COUNT + 4, (COUNT + 5) // 2)
    assert plan.recipe["recipe"] == {"analysis": "tag", "models": [MODEL]}
    assert plan.recipe["origin"]["models"][0]["sha256"] == {model.id: model.sha256 for model in em.models()}[MODEL]
    assert b.open_plan(tmp_path / "out") == plan
    with pytest.raises(em.BatchError, match="other|differently") as caught:
        b.plan(library, out=tmp_path / "out", models="mtt-vgg")
    assert "mtt-vgg" in str(caught.value) and MODEL in str(caught.value)


def test_wrong_arguments_are_refused_in_one_line(library: Path, tmp_path: Path) -> None:
    plan = planned(library, tmp_path / "out")
    for call, words in [
        (lambda: b.plan(tmp_path / "none", out=tmp_path / "new"), "expected a folder"),
        (lambda: b.plan(library, out=tmp_path / "new", analysis="mood"), "expected tag, embed"),
        (lambda: b.plan(library, out=tmp_path / "new", models="none"), "none"),
        (lambda: b.plan("x://a", out=tmp_path / "new", filesystem=object()), "file system of fsspec or pyarrow"),
        (lambda: b.run(tmp_path / "none"), "cannot find a plan"),
        (lambda: b.run(plan, engine="spark"), "'local', 'ray', 'dask' or a function"),
        (lambda: b.run_shard(plan, 9999), "expected 0 to"),
        (lambda: b.retry(plan), "not complete"),
        (lambda: b.status(7), "expected a Plan or the path"),  # type: ignore[arg-type]
    ]:
        with pytest.raises(em.EarmarkError) as caught:
            call()
        assert words in str(caught.value) and len(str(caught.value).splitlines()) == 1, caught.value


def test_shard_is_run_once_and_its_row_is_that_of_tag(library: Path, tmp_path: Path) -> None:
    plan = planned(library, tmp_path / "out")
    outcomes = [b.run_shard(plan, shard) for shard in range(plan.shards)]
    assert sum(outcome["files"] for outcome in outcomes) == COUNT + 4
    assert all(b.run_shard(plan, shard)["was_done"] for shard in range(plan.shards))
    verified(plan)
    pyarrow = pytest.importorskip("pyarrow.parquet")
    rows = {row["path"]: row for row in pyarrow.read_table(plan.data).to_pylist()}
    report = em.tag(library / "tune.flac", models=MODEL)
    assert rows["tune.flac"][MODEL] == pytest.approx(list(report[MODEL].mean), abs=0)
    assert rows["empty.wav"]["status"] == "bad" and rows["cut.wav"]["status"] == "damaged"


def test_function_like_map_runs_the_shards(library: Path, tmp_path: Path, digest: str) -> None:
    plan = planned(library, tmp_path / "out")
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        b.run(plan, engine=pool.map, jobs=2)
    assert verified(plan) == digest
    status = b.status(plan)
    assert status["files_done"] == status["files"] == status["files_recorded"] == COUNT + 4


def test_bad_files_are_planned_again_and_compacted(library: Path, tmp_path: Path) -> None:
    plan = planned(library, tmp_path / "out")
    b.run(plan, jobs=2)
    assert b.retry(plan)["planned"] == 2
    assert b.run(plan, jobs=1)["files"] == 2
    assert verified(plan)
    compact = b.compact(plan)
    assert compact["rows"] == COUNT + 4 and compact["objects"] == ["compact/part-00000.parquet"]


def test_command_runs_a_batch(library: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "earmark._command", "batch", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    out = str(tmp_path / "out")
    assert run("plan", str(library), "--out", out, "--embed", "--mean").startswith(f"{COUNT + 4} files in ")
    assert run("run", out, "--jobs", "2").startswith(f"{COUNT + 4} files in ")
    assert json.loads(run("verify", out))["files"] == COUNT + 4
    assert json.loads(run("status", out))["verified"] is True


def descendants(process: int) -> dict[int, str]:
    """Return the processes that a process has started, directly or not, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found: dict[int, str] = {}
    for each in parents:
        ancestor = parents[each]
        while ancestor in parents and ancestor != process:
            ancestor = parents[ancestor]
        if ancestor == process:
            try:
                found[each] = (Path("/proc") / str(each) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found


def parent(process: int) -> int:
    return int((Path("/proc") / str(process) / "stat").read_text().rsplit(")", 1)[1].split()[1])


def start(engine: str, out: str, port: str | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, str(DRIVER), engine, "2", out, *([port] if port else [])]
    # Engines import modules from the current folder, too; the one of the sources has no native part.
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=DRIVER.parent)


def wait_for_results(plan: b.Plan, count: int, run: subprocess.Popen[str]) -> None:
    until = time.monotonic() + TIMEOUT_S
    while b.status(plan)["shards_done"] < count:
        assert time.monotonic() < until and run.poll() is None, run.communicate()
        time.sleep(0.05)


def kill_all(processes: Iterator[int]) -> None:
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kill_one_worker(run: subprocess.Popen[str]) -> bool:
    """Kill the process of the engine that runs a shard: the parent of a worker process."""
    workers = [process for process, command in descendants(run.pid).items() if "_batch_worker" in command]
    for worker in workers:
        try:
            engine_process = parent(worker)
            if engine_process != run.pid:
                os.kill(engine_process, signal.SIGKILL)
                return True
        except (OSError, IndexError):
            continue
    return False


ENGINES = [pytest.param("ray", marks=has("ray")), pytest.param("dask", marks=has("distributed"))]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_worker_of_an_engine_changes_nothing(library: Path, tmp_path: Path, digest: str, engine: str) -> None:
    plan = planned(library, tmp_path / "out")
    run = start(engine, plan.out)
    wait_for_results(plan, 3, run)
    assert kill_one_worker(run)
    out, err = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, err
    assert verified(plan) == digest


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("engine", [*ENGINES, "local"])
def test_killed_driver_continues(library: Path, tmp_path: Path, digest: str, engine: str) -> None:
    plan = planned(library, tmp_path / "out")
    run = start(engine, plan.out)
    wait_for_results(plan, 3, run)
    started = descendants(run.pid)
    run.kill()
    run.communicate()
    # Engines end their processes in their own time.
    kill_all(iter(started))
    done = b.status(plan)["shards_done"]
    assert 3 <= done < plan.shards, "the driver was killed while it ran"
    run = start(engine, plan.out)
    out, err = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, err
    assert int(out.split()[1]) < plan.shards
    assert verified(plan) == digest


@pytest.fixture(scope="module")
def s3(library: Path) -> Iterator[str]:
    """S3 server on this machine with the library in the bucket `music`. Returns its port."""
    moto = pytest.importorskip("moto.server", reason="needs the package moto")
    pytest.importorskip("pyarrow.fs", reason="needs the package pyarrow")
    threaded = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    threaded.start()
    port = str(threaded.get_host_and_port()[1])
    filesystem = server(port)
    for bucket in ["music", "results"]:
        import boto3

        client = functools.partial(boto3.client, "s3", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}")
        client(aws_access_key_id="test", aws_secret_access_key="test").create_bucket(Bucket=bucket)
    for path in library.rglob("*.*"):
        with filesystem.open_output_stream(f"music/{path.relative_to(library).as_posix()}") as stream:
            stream.write(path.read_bytes())
    yield port
    threaded.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_store_has_the_results_of_a_folder_also_after_a_kill(s3: str, digest: str) -> None:
    filesystem = server(s3)
    plan = b.plan("s3://music/", out="s3://results/run1", models=MODEL, tracks_per_shard=2, filesystem=filesystem)
    assert plan.files == COUNT + 4
    run = start("local", plan.out, s3)
    wait_for_results(plan, 3, run)
    run.kill()
    run.communicate()
    sizes = {info.path: info.size for info in objects(filesystem)}
    assert 3 <= len(sizes) < plan.shards
    run = start("local", plan.out, s3)
    _, err = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, err
    assert verified(plan) == digest
    # No object was listed before it was whole.
    assert sizes.items() <= {info.path: info.size for info in objects(filesystem)}.items()
    pyarrow = pytest.importorskip("pyarrow.parquet")
    assert pyarrow.read_table("results/run1/data", filesystem=filesystem).num_rows == COUNT + 4


def objects(filesystem: Any) -> list[Any]:
    import pyarrow.fs

    found = filesystem.get_file_info(pyarrow.fs.FileSelector("results/run1/data", allow_not_found=True))
    return [info for info in found if info.is_file]


@has("s3fs")
def test_store_of_fsspec_has_the_results_of_a_folder(s3: str, digest: str) -> None:
    import s3fs

    client = {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{s3}"}
    filesystem = s3fs.S3FileSystem(key="test", secret="test", client_kwargs=client)
    arguments = {"models": MODEL, "tracks_per_shard": 2, "filesystem": filesystem}
    plan = b.plan("s3://music/", out="s3://results/run2", **arguments)
    b.run(plan, jobs=2)
    assert verified(plan) == digest
    with pytest.raises(em.BatchError, match="planned differently"):
        b.plan("s3://music/", out="s3://results/run2", **(arguments | {"models": "mtt-vgg"}))
    assert b.retry(plan)["planned"] == 2


@has("ray")
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_results_are_read_as_a_data_set_of_ray(library: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas", reason="needs the package pandas")
    plan = planned(library, tmp_path / "out")
    b.run(plan, jobs=2)
    code = "import ray, sys; ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False); " \
        "print(ray.data.read_parquet(sys.argv[1], columns=['path', 'status']).count())"
    done = subprocess.run([sys.executable, "-c", code, plan.data], capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) == COUNT + 4, done.stderr
