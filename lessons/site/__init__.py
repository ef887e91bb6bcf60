"""The book and the reference as a website that works without a network: ``python -m lessons --site DIR``."""
