"""The audit: what the documents claim, computed again in every lesson."""
from lessons.audit.claims import appendix

__all__ = ["appendix"]
