"""The audit: what the documents claim, computed again in every lesson."""
