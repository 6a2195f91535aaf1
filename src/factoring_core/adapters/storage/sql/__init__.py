"""The store in a database, by SQLAlchemy Core: tables, the way in and out of rows, transactions."""
