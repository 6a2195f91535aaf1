"""The words both sides of the trade share."""
