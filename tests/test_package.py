"""The wheel contains the package, typed and described, and nothing else; installed, it serves."""

from __future__ import annotations

import configparser
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest
from conftest import served
from packaging.requirements import Requirement

from mockroster import __version__

ROOT = Path(__file__).parents[1]
ROOT_FILES = {"LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "pyproject.toml", "setup.cfg"}

if importlib.util.find_spec("build") is None:
    pytest.skip("build is not installed (pip install '.[release]')", allow_module_level=True)


@dataclass(frozen=True, slots=True)
class Built:
    """The source archive, and the wheel that is built from it."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build from a copy of the checkout, so that nothing is left in it."""
    folder = tmp_path_factory.mktemp("built")
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, folder / "source", ignore=left_out)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(folder / "source")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(*folder.glob("*.tar.gz"), *folder.glob("*.whl"))


def modules() -> set[str]:
    """Return the files of the package as it is in the checkout."""
    pages = ROOT / "mockroster" / "http" / "dashboard"
    sources = [path for end in ("py", "lua") for path in (ROOT / "mockroster").rglob(f"*.{end}")]
    found = [*sources, *pages.glob("static/*"), *pages.glob("templates/*")]
    files = {str(path.relative_to(ROOT)) for path in found}
    return files | {"mockroster/py.typed"}


def declared() -> configparser.ConfigParser:
    """Return what ``setup.cfg`` says."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def dependencies() -> list[Requirement]:
    """Return what ``setup.cfg`` says that the package needs."""
    lines = declared()["options"]["install_requires"].strip().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def check_metadata(metadata: Message) -> None:
    """Check that the metadata are those of ``setup.cfg``."""
    stated = declared()
    assert metadata["Name"] == "mockroster"
    assert metadata["Version"] == __version__
    assert metadata["Summary"] == stated["metadata"]["description"]
    assert metadata["Requires-Python"] == stated["options"]["python_requires"]
    assert (metadata["License-Expression"] or metadata["License"]) == stated["metadata"]["license"]
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert {Requirement(line) for line in needed} == set(dependencies())


def test_wheel(built: Built) -> None:
    """The wheel holds every module and ``py.typed``, no tests, the command and the metadata."""
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
        info = f"mockroster-{__version__}.dist-info"
        points = archive.read(f"{info}/entry_points.txt").decode()
        metadata = archive.read(f"{info}/METADATA").decode()

    assert {name for name in names if not name.startswith(info)} == modules()
    assert f"{info}/licenses/LICENSE" in names
    assert "mockroster = mockroster.cli.main:main" in points
    check_metadata(HeaderParser().parsestr(metadata))


def test_sdist(built: Built) -> None:
    """The source archive holds what a build needs, and nothing else."""
    top = f"mockroster-{__version__}"

    with tarfile.open(built.sdist) as archive:
        names = {member.name.removeprefix(f"{top}/") for member in archive.getmembers() if member.isfile()}
        described = archive.extractfile(f"{top}/PKG-INFO")
        assert described is not None
        metadata = described.read().decode()

    assert {name for name in names if not name.startswith("mockroster.egg-info/")} == modules() | ROOT_FILES
    check_metadata(HeaderParser().parsestr(metadata))


def test_installed(built: Built, tmp_path: Path) -> None:
    """The wheel, in an environment of its own, serves from an empty folder and leaves nothing behind in it."""
    place = tmp_path / "venv"
    folder = tmp_path / "empty"
    folder.mkdir()
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    installer = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*installer, str(built.wheel)], check=True, timeout=60)  # noqa: S603
    # What it depends on is lent by this environment: a path file adds the folder without the editable mockroster in it.
    (own,) = place.glob("lib/python*/site-packages")
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n" + sysconfig.get_path("platlib"))

    with served("--students", "5", program=place / "bin" / "mockroster", folder=folder) as server:
        status, _, _ = server.ask("GET", "/readyz")
        code, _, err = server.end()
    asked = [python, "-c", "import mockroster; print(mockroster.__file__)"]
    imported = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=folder).stdout  # noqa: S603

    assert (status, code) == (200, 0)
    assert "Traceback" not in err
    assert imported.startswith(str(own))
    assert not list(folder.iterdir())


def test_locked() -> None:
    """The locked versions satisfy the package's requirements, and each file has a hash."""
    text = (ROOT / "requirements.txt").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", text, re.MULTILINE))
    hashed = re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)

    fitting = [one.name for one in dependencies() if one.specifier.contains(pins[one.name])]

    assert fitting == [one.name for one in dependencies()]
    assert hashed == list(pins)
    assert "://" not in text
