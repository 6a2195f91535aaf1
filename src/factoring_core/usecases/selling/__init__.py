"""Up to what a factor can be given: loads imported, invoices generated, packets bound, sales taken back."""
