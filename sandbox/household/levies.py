"""What the law takes of a fixed-income gain, in centavos. Written from the law here, so that it can judge other readings.

Income tax: Lei 11.033/2004, art. 1. IOF: Decreto 6.306/2007, annex of art. 32. IOF comes first and lowers the gain.
"""

from __future__ import annotations

from typing import NamedTuple

# (most days, tenths of a percent)
INCOME_TAX = ((180, 225), (360, 200), (720, 175))
LOWEST_INCOME_TAX = 150
IOF_DAYS = 30


class Levy(NamedTuple):
    """Centavos."""

    income_tax: int
    iof: int


NOTHING = Levy(0, 0)


def iof_percent(days: int) -> int:
    """The annex's table is the missing thirtieths, cut to whole percents: 96 on day 1, 3 on day 29, 0 from 30 on."""
    return max(0, (IOF_DAYS - days) * 100 // IOF_DAYS)


def income_tax_tenths(days: int) -> int:
    return next((tenths for most, tenths in INCOME_TAX if days <= most), LOWEST_INCOME_TAX)


def levy(gain: int, days: int) -> Levy:
    """On a gain of so many centavos, redeemed so many days after the purchase. A loss pays nothing."""
    if gain <= 0:
        return NOTHING
    iof = half_up(gain * iof_percent(days), 100)
    return Levy(half_up((gain - iof) * income_tax_tenths(days), 1000), iof)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole of a positive fraction."""
    return (2 * numerator + denominator) // (2 * denominator)
