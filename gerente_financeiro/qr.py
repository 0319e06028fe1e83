"""A text as a QR picture, for a camera. Pure."""

from __future__ import annotations

import io

import segno

#: Wide enough modules for a phone that films a screen, and the white margin that readers ask for.
MODULE_PIXELS, MARGIN_MODULES = 8, 4


def qr_png(text: str) -> bytes:
    """A PNG of the text's QR code. Raises ValueError for a text that is too long for one (about 2,900 characters)."""
    picture = io.BytesIO()
    segno.make(text, micro=False).save(picture, kind="png", scale=MODULE_PIXELS, border=MARGIN_MODULES)
    return picture.getvalue()
