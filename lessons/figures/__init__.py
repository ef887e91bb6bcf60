"""Pictures that lessons draw, where the drawing would interrupt the lesson."""
