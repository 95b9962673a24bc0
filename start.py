#!/usr/bin/env python3
"""Start the portal: make its environment once, then run it (or its tests) in there.

    python3 start.py            the whole product on this machine, and the main job
    python3 start.py test       the test suite, on throw-away servers
    python3 start.py --help     the options

Standard library only; needs Python 3.11 or later and nothing else.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
ROOMS = ("portal", "submissions", "pseudonymisation", "viewer")


def main(words: list[str]) -> None:
    """Make the environment, then become what was asked for. Never returns."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.")
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")  # behind a proxy that inspects TLS
    testing = words[:1] == ["test"]
    install(testing=testing)
    compile_rooms()
    arguments = ["-m", "pytest", *words[1:]] if testing else ["-m", "portal.embedded", *words]
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606 - no shell is wanted


def install(*, testing: bool) -> None:
    """Install the locked dependencies, unless exactly these are there already."""
    names = ["requirements.txt", "requirements-test.txt"] if testing else ["requirements.txt"]
    stamp = VENV / f".installed-{'test' if testing else 'run'}"
    wanted = digest([ROOT / name for name in names])
    if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    begun = time.monotonic()
    print("Installing the locked dependencies into .venv ...", flush=True)
    try:
        install_with_uv(testing=testing) if shutil.which("uv") else install_with_pip(names)
    except subprocess.CalledProcessError as failure:
        sys.exit(f"The installation failed: {' '.join(map(str, failure.cmd[:4]))} ...")
    stamp.write_text(wanted, encoding="utf-8")
    print(f"Installed in {time.monotonic() - begun:.0f} s.", flush=True)


def install_with_uv(*, testing: bool) -> None:
    """Let uv make the environment from uv.lock."""
    group = ["--group", "test"] if testing else []
    command = ["uv", "sync", "--frozen", "--inexact", "--quiet", "--compile-bytecode", *group]
    subprocess.run([*command, "--python", sys.executable], cwd=ROOT, check=True)


def install_with_pip(names: list[str]) -> None:
    """Let pip make the environment from the exported, hashed requirements."""
    if not (VENV / "bin" / "pip").exists():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit("Python's venv module is missing. On Debian: apt install python3-venv")
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    lists = [part for name in names for part in ("-r", str(ROOT / name))]
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", "--quiet"]
    options = ["--disable-pip-version-check", "--no-input"]
    subprocess.run([*command, *options, *lists], check=True)


def compile_rooms() -> None:
    """Compile what has changed, once: the product's processes write no bytecode themselves."""
    command = [str(PYTHON), "-m", "compileall", "-q", *ROOMS]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)


def digest(files: list[Path]) -> str:
    """Return what the environment depends on: the Python and the content of the files."""
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(sys.version.encode() + str(ROOT).encode() + content).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
