//! Records, repositories and migrations; one SQL text for SQLite and PostgreSQL.
