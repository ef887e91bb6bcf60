"""The player: a list of the lessons, one lesson cell by cell, and lessons as notebooks."""
