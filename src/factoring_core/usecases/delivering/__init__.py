"""A batch on its way: composed, sealed, submitted, brought over whatever breaks, looked at, settled."""
