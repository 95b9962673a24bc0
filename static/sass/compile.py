"""Compile static/sass into static/app.css; the first line says of which sources it was made.

Run by `just css`, with the design system and sass in the folder NODE_MODULES names. Nobody else
needs Node: the compiled sheet is committed, and a test compares its first line with the sources.
"""

import hashlib
import os
import subprocess
from pathlib import Path

SASS = Path(__file__).resolve().parent
SHEET = SASS.parent / "app.css"
DESIGN_SYSTEM = "nhsuk-frontend 10.6.1"


def stamp() -> str:
    """Return the first line of a style sheet made of the present sources."""
    digest = hashlib.sha256(DESIGN_SYSTEM.encode())
    for source in sorted(SASS.glob("*.scss")):
        digest.update(source.name.encode() + source.read_bytes())
    return f"/* {DESIGN_SYSTEM} (MIT); sources {digest.hexdigest()[:32]} */"


def compile_sheet(modules: Path) -> None:
    """Write the style sheet with the Sass compiler in a node_modules folder."""
    command = [
        str(modules / ".bin" / "sass"),
        "--style=compressed",
        "--no-source-map",
        "--no-charset",
        "--quiet-deps",
        f"--load-path={modules}",
        str(SASS / "app.scss"),
    ]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    SHEET.write_text(f"{stamp()}\n{made.stdout}", encoding="utf-8")


if __name__ == "__main__":
    compile_sheet(Path(os.environ["NODE_MODULES"]))
