"""The trade itself: pure values and functions, standard library and attrs only."""
