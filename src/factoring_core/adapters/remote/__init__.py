"""The one folder on a factor’s server, over each way that leads there."""
