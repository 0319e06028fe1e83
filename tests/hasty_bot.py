"""``python bot.py`` in a hurry: no limit of thirty messages a second, and it polls and ticks ten times as often."""

from __future__ import annotations

import sys
from functools import partial

from telegram.ext import AIORateLimiter

import bot
from gerente_financeiro import app

PACE = 0.1

if __name__ == "__main__":
    vars(app)["AIORateLimiter"] = partial(AIORateLimiter, overall_max_rate=0, group_max_rate=0)
    vars(bot)["build_application"] = partial(app.build_application, poll_scale=PACE)
    sys.exit(bot.main())
