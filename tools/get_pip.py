"""Install pip into the environment this Python belongs to, where ``ensurepip`` is missing (Debian without python3-venv).

Reads the index's JSON page for pip, takes the newest wheel this Python can use, checks its SHA-256 and lets the wheel
install itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/"
JSON_PAGE = "application/vnd.pypi.simple.v1+json"


def newest_wheel(files: list[dict[str, object]]) -> dict[str, object]:
    """The pip wheel with the highest final version that is not yanked."""
    candidates = []
    for file in files:
        match = re.fullmatch(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl", str(file["filename"]))
        if match and not file.get("yanked"):
            candidates.append((tuple(int(part) for part in match[1].split(".")), file))
    if not candidates:
        sys.exit("O índice de pacotes não tem o pip. Instale o pacote python3-venv do sistema e tente de novo.")
    return max(candidates, key=lambda candidate: candidate[0])[1]


def main() -> None:
    page_url = urljoin(INDEX, "pip/")
    with urlopen(Request(page_url, headers={"Accept": JSON_PAGE}), timeout=60) as answer:
        page = json.load(answer)
    wheel = newest_wheel(page["files"])
    with urlopen(urljoin(page_url, str(wheel["url"])), timeout=60) as answer:
        content = answer.read()
    hashes = wheel["hashes"]
    if not isinstance(hashes, dict) or hashlib.sha256(content).hexdigest() != hashes.get("sha256"):
        sys.exit("O arquivo do pip chegou corrompido. Tente de novo.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / str(wheel["filename"])
        path.write_bytes(content)
        subprocess.run([sys.executable, f"{path}/pip", "install", "--quiet", "--no-index", str(path)], check=True)


if __name__ == "__main__":
    main()
