"""Mistakes that students make, for each exercise: not variations of one, but what people really write."""
