"""Reading `factoring.toml`: everything it may say, checked as a whole before any of it counts."""
