"""What every way to a factor's system promises."""
