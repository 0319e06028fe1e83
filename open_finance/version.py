"""Which version this is: for operators, who ask what runs where."""

VERSION = "0.1.0"
