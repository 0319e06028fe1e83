"""Random orders: the whole bot between the two local servers in one thread, on a clock that only an order moves.

No socket, no thread, no waiting: days pass in milliseconds, and an order's name (``seed:number``) is all it takes to see the
same thing again: ``python -m tests.orders 7:1234``.
"""
