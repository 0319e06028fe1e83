"""The bot's composition root: settings → core → application → run. ``python bot.py``; every setting is in .env.example."""

from __future__ import annotations

import logging
import sys

from gerente_financeiro.app import build_application, run
from gerente_financeiro.config import load_bot_settings
from gerente_financeiro.core import build_core
from gerente_financeiro.logs import set_up_logging
from open_finance.errors import ConfigurationError

logger = logging.getLogger("bot")


def main() -> int:
    """Run until a signal comes (exit status 0). A missing or bad setting is one line on standard error and status 2."""
    try:
        settings = load_bot_settings()
        set_up_logging(settings.log_level, settings.secrets)
        for warning in settings.warnings:
            logger.warning(warning)
        run(build_application(build_core(settings.core), settings))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
