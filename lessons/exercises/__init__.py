"""The exercises: stubs to complete. ``python -m lessons check`` grades them; see README.md."""
