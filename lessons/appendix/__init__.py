"""What the documents say, tested: a file for each lesson, run at its end with its variables."""
