"""Notifications: simulated households whose alerts are judged, and what is measured of them."""
