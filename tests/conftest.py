"""What holds for every test."""

from hypothesis import settings

# The machines are shared: how long one example took says nothing.
settings.register_profile("daccord", deadline=None)
settings.load_profile("daccord")
