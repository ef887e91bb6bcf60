"""Output that any terminal can show, and readers that stop reading."""
