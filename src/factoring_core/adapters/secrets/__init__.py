"""Where secrets are kept until the moment of use."""
