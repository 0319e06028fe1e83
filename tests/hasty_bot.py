"""``python bot.py`` in a hurry: no limits of Telegram's or Pluggy's; it polls, ticks and reads news ten times as often."""

from __future__ import annotations

import sys
from functools import partial

from telegram.ext import AIORateLimiter

import bot
from gerente_financeiro import app, core
from open_finance import inbox, inbox_rules
from open_finance.pacing import NO_PACING

PACE = 0.1

if __name__ == "__main__":
    vars(app)["AIORateLimiter"] = partial(AIORateLimiter, overall_max_rate=0, group_max_rate=0)
    vars(app)["build_application"] = partial(app.build_application, poll_scale=PACE)
    vars(core)["build_pacer"] = lambda *_: NO_PACING
    vars(inbox)["GAP"] = vars(inbox_rules)["GAP"] = inbox_rules.GAP * PACE
    sys.exit(bot.main())
