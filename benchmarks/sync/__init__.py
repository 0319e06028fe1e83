"""The parts of the benchmark ``sync``."""
