"""What is built holds the package, typed and described, and nothing else."""

from __future__ import annotations

import configparser
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest

from mockroster import __version__

ROOT = Path(__file__).parents[1]
PARTS = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "mockroster")

if importlib.util.find_spec("build") is None:
    pytest.skip("build is not installed (pip install '.[release]')", allow_module_level=True)


def built(kind: str, folder: Path) -> Path:
    """Build from a copy of the checkout, so that nothing is left in it."""
    source = folder / "source"
    source.mkdir()
    for name in PARTS:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, source)
    command = [sys.executable, "-m", "build", f"--{kind}", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = [path for path in folder.iterdir() if path.suffix in {".whl", ".gz"}]
    return made


def modules() -> set[str]:
    """Return the files of the package as it is in the checkout."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "mockroster").rglob("*.py")}
    return files | {"mockroster/py.typed"}


def check_metadata(metadata: Message) -> None:
    """Check that the metadata are those of ``setup.cfg``."""
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg")
    assert metadata["Name"] == "mockroster"
    assert metadata["Version"] == __version__
    assert metadata["Summary"] == declared["metadata"]["description"]
    assert metadata["Requires-Python"] == declared["options"]["python_requires"]
    assert (metadata["License-Expression"] or metadata["License"]) == declared["metadata"]["license"]
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    stated = declared["options"]["install_requires"].strip().splitlines()
    assert len(needed) == len([line for line in stated if not line.startswith("#")])


def test_wheel(tmp_path: Path) -> None:
    """The wheel holds every module and ``py.typed``, no tests, the command and the metadata."""
    wheel = built("wheel", tmp_path)

    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"mockroster-{__version__}.dist-info"
        assert {name for name in names if not name.startswith(info)} == modules()
        assert f"{info}/licenses/LICENSE" in names
        assert "mockroster = mockroster.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()
        check_metadata(HeaderParser().parsestr(archive.read(f"{info}/METADATA").decode()))


def test_sdist(tmp_path: Path) -> None:
    """The source archive holds what a build needs."""
    sdist = built("sdist", tmp_path)

    with tarfile.open(sdist) as archive:
        top = f"mockroster-{__version__}"
        names = {name.removeprefix(f"{top}/") for name in archive.getnames()}
        assert modules() | {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"} <= names
        described = archive.extractfile(f"{top}/PKG-INFO")
        assert described is not None
        check_metadata(HeaderParser().parsestr(described.read().decode()))
