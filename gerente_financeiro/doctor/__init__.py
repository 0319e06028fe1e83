"""``python bot.py doctor``: what a bot needs, looked at one by one; ``checks.run_checks`` is its face. It changes nothing."""
