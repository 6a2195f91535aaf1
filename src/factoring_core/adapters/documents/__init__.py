"""The papers of a packet: binding them, drawing them, and samples of them."""
