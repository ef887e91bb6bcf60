"""Every public name of minigrad, looked up: for the terminal (``python -m minigrad help conv2d``) and the website."""
