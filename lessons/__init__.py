"""The lessons: ``python -m lessons`` lists them, ``python -m lessons build_an_engine`` runs one."""
