"""Reading files of rows: comma-separated texts and workbooks, by layouts that are data."""
