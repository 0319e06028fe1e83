"""The bank's link as a picture for another device."""

from __future__ import annotations

import struct

import pytest

from gerente_financeiro.qr import MARGIN_MODULES, MODULE_PIXELS, qr_png

LINK = "https://auth.itau.example/oauth?state=abc"


def side(picture: bytes) -> int:
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert width == height
    return int(width)


def test_picture_is_square_with_a_margin_and_modules_a_camera_can_read() -> None:
    modules = side(qr_png(LINK)) // MODULE_PIXELS - 2 * MARGIN_MODULES
    assert (modules - 17) % 4 == 0
    assert modules >= 21


def test_longer_link_needs_a_larger_picture_and_another_link_is_another_picture() -> None:
    assert side(qr_png(LINK + "x" * 1500)) > side(qr_png(LINK))
    assert qr_png(LINK) != qr_png(LINK + "d")


def test_link_that_no_picture_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="large"):
        qr_png(LINK + "x" * 3000)
