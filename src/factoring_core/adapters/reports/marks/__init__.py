"""What a workbook's parser does not tell: formulas, failed cells, hidden parts, how far cells reach.

These modules run in the process that parses a workbook, beside the parser and under its limits,
without anything installed; so they import the standard library and each other, and nothing else.
"""
