"""The lessons: ``python -m lessons`` lists them, ``python -m lessons 11`` runs one."""
