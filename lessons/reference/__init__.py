"""Every public name of minigrad, for the terminal (``python -m minigrad help conv2d``) and the website."""
