"""The forecast: simulated households, back-tests beside baselines, and counts."""
