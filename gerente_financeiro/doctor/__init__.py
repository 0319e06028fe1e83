"""``python bot.py doctor``: what a bot needs, looked at one by one and left as it is. Its face: ``checks.run_checks``."""
