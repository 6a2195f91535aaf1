"""What came back: reports, evidence, matching, positions, and the world folded from them."""
