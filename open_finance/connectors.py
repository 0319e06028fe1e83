"""Connectors of Pluggy's that are no bank's (reference 2.4)."""

from __future__ import annotations

from typing import Final

#: The connector that bridges MeuPluggy: behind it stands another bank every time, and its name is its own.
MEU_PLUGGY: Final = 200
MEU_PLUGGY_NAME: Final = "MeuPluggy"
