"""File systems of fsspec and pyarrow as stores and inputs of a batch; both packages are imported when they are used."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any, Protocol

from ._errors import ArgumentTypeError, BatchError
from ._native import _is_audio_path

#: Keys with the version of a file, in descriptions by fsspec.
VERSIONS = ["ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created"]


class Folder(Protocol):
    """Folder of a file system: the operations of a store and of inputs. Paths are relative to the folder."""

    def address(self) -> str: ...
    def read(self, name: str) -> bytes: ...
    def exists(self, name: str) -> bool: ...
    def list(self, folder: str) -> list[tuple[str, int]]: ...
    def write(self, name: str, data: bytes) -> None: ...
    def create(self, name: str, data: bytes) -> bool: ...
    def remove(self, name: str) -> None: ...
    def fetch(self, path: str, local: object) -> None: ...
    def stamp(self, path: str) -> tuple[int, str]: ...
    def find(self) -> Iterator[tuple[str, int, str]]: ...


class _Folder:
    """Folder of a file system."""

    def __init__(self, filesystem: Any, path: str, address: str) -> None:
        self.filesystem = filesystem
        self.path = path.rstrip("/")
        self._address = address

    def address(self) -> str:
        return self._address

    def _at(self, name: str) -> str:
        return f"{self.path}/{name}"


class FsspecFolder(_Folder):
    """Folder of a file system of fsspec, such as s3fs, gcsfs or adlfs."""

    def read(self, name: str) -> bytes:
        data: bytes = self.filesystem.cat_file(self._at(name))
        return data

    def exists(self, name: str) -> bool:
        # Listings are kept, and other machines write.
        self.filesystem.invalidate_cache()
        return bool(self.filesystem.exists(self._at(name)))

    def list(self, folder: str) -> list[tuple[str, int]]:
        self.filesystem.invalidate_cache()
        try:
            found = self.filesystem.ls(self._at(folder), detail=True)
        except FileNotFoundError:
            return []
        names = [(str(entry["name"]).rsplit("/", 1)[-1], int(entry["size"] or 0)) for entry in found if entry["type"] == "file"]
        return [(name, size) for name, size in names if name and not name.startswith(".")]

    def write(self, name: str, data: bytes) -> None:
        self.filesystem.pipe_file(self._at(name), data)

    def create(self, name: str, data: bytes) -> bool:
        if self.exists(name):
            return False
        try:
            # Where the store knows it, an object that appears in between is left as it is.
            self.filesystem.pipe_file(self._at(name), data, mode="create")
        except FileExistsError:
            return False
        except (TypeError, NotImplementedError):
            self.write(name, data)
        return True

    def remove(self, name: str) -> None:
        self.filesystem.rm(self._at(name))

    def fetch(self, path: str, local: object) -> None:
        self.filesystem.get_file(self._at(path), str(local))

    def stamp(self, path: str) -> tuple[int, str]:
        return _described(self.filesystem.info(self._at(path)))

    def find(self) -> Iterator[tuple[str, int, str]]:
        self.filesystem.invalidate_cache()
        for path, entry in self.filesystem.find(self.path, detail=True).items():
            name = str(path)[len(self.path) + 1 :]
            if _is_audio_path(name):
                yield (name, *_described(entry))


def _described(entry: dict[str, Any]) -> tuple[int, str]:
    version = next((entry[key] for key in VERSIONS if entry.get(key) is not None), "")
    return int(entry["size"] or 0), str(version)


class ArrowFolder(_Folder):
    """Folder of a file system of pyarrow."""

    def _info(self, name: str) -> Any:
        return self.filesystem.get_file_info(self._at(name))

    def read(self, name: str) -> bytes:
        with self.filesystem.open_input_stream(self._at(name)) as stream:
            data: bytes = stream.read()
        return data

    def exists(self, name: str) -> bool:
        return bool(self._info(name).is_file)

    def list(self, folder: str) -> list[tuple[str, int]]:
        import pyarrow.fs  # type: ignore[import-untyped,import-not-found,unused-ignore]

        selector = pyarrow.fs.FileSelector(self._at(folder), allow_not_found=True)
        found = [info for info in self.filesystem.get_file_info(selector) if info.is_file]
        return [(info.base_name, int(info.size or 0)) for info in found if not info.base_name.startswith(".")]

    def write(self, name: str, data: bytes) -> None:
        with self.filesystem.open_output_stream(self._at(name)) as stream:
            stream.write(data)

    def create(self, name: str, data: bytes) -> bool:
        # Equal names have equal content, so that a writer in between does no harm.
        if self.exists(name):
            return False
        self.write(name, data)
        return True

    def remove(self, name: str) -> None:
        self.filesystem.delete_file(self._at(name))

    def fetch(self, path: str, local: object) -> None:
        with self.filesystem.open_input_stream(self._at(path)) as stream, open(str(local), "wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)

    def stamp(self, path: str) -> tuple[int, str]:
        info = self._info(path)
        if not info.is_file:
            raise FileNotFoundError(path)
        return int(info.size or 0), str(info.mtime_ns or "")

    def find(self) -> Iterator[tuple[str, int, str]]:
        import pyarrow.fs  # type: ignore[import-untyped,import-not-found,unused-ignore]

        for info in self.filesystem.get_file_info(pyarrow.fs.FileSelector(self.path, recursive=True)):
            name = info.path[len(self.path) + 1 :]
            if info.is_file and _is_audio_path(name):
                yield name, int(info.size or 0), str(info.mtime_ns or "")


class JoinedFolders:
    """Several folders as inputs: paths begin with the name of the folder."""

    def __init__(self, folders: dict[str, Folder]) -> None:
        self.folders = folders

    def _of(self, path: str) -> tuple[Folder, str]:
        name, _, below = path.partition("/")
        return self.folders[name], below

    def fetch(self, path: str, local: object) -> None:
        folder, below = self._of(path)
        folder.fetch(below, local)

    def stamp(self, path: str) -> tuple[int, str]:
        folder, below = self._of(path)
        return folder.stamp(below)

    def find(self) -> Iterator[tuple[str, int, str]]:
        for name, folder in self.folders.items():
            for below, size, version in folder.find():
                yield f"{name}/{below}", size, version


def is_address(path: str) -> bool:
    """Whether a path is the address of a store: it has a scheme."""
    return "://" in path and not path.startswith("file://")


def local_path(path: str) -> str:
    """Return a local path without the scheme `file://`."""
    return path.removeprefix("file://")


def folder(address: str, filesystem: Any) -> Folder:
    """Return a folder of a file system: of the given one, or of the one that the scheme of the address names."""
    path = address.split("://", 1)[-1]
    if filesystem is None:
        try:
            import fsspec  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            return _arrow_folder(address)
        found, path = fsspec.core.url_to_fs(address)
        return FsspecFolder(found, path, address)
    kind = type(filesystem).__module__.split(".")[0]
    if kind == "pyarrow":
        return ArrowFolder(filesystem, path, address)
    if hasattr(filesystem, "cat_file") and hasattr(filesystem, "pipe_file"):
        return FsspecFolder(filesystem, path, address)
    got = type(filesystem).__name__
    raise ArgumentTypeError(f"cannot use `filesystem` (expected a file system of fsspec or pyarrow, got {got})")


def _arrow_folder(address: str) -> Folder:
    try:
        import pyarrow.fs  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise BatchError(f"cannot reach {address} (expected the package fsspec or pyarrow, got neither)") from error
    found, path = pyarrow.fs.FileSystem.from_uri(address)
    return ArrowFolder(found, path, address)
