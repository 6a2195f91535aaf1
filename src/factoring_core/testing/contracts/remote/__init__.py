"""What every way to a folder of a factor promises."""
