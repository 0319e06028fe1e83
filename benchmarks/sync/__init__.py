"""The benchmark ``sync``: one file a part."""
