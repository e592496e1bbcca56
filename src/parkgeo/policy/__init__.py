"""What the documents ask of zones, and how far a city has come (开发区政策).

Every threshold, weight and target is data with a source, so that a planner can put in their own.
Money, land and energy come in the units that a table declares.
"""
