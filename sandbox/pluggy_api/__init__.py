"""A local Pluggy: the paths, shapes, codes and habits of ``https://api.pluggy.ai``, in memory, for tests and for trying.

``server`` has ``serve`` and ``build_app``. What it answers, its sandbox users and its ``/_admin`` endpoints are described
in README.md beside this file. Everything it says is synthetic.
"""
