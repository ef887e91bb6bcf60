"""Files: found, downloaded, read and written; never half a file, and nothing that could run code."""
