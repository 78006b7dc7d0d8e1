-- User builder on a ClickHouse server: it reads the views, and writes in analytics and nowhere
-- else. Run it as an administrator, with a password of your own.
CREATE DATABASE IF NOT EXISTS analytics;
CREATE USER builder IDENTIFIED WITH sha256_password BY '…'
  SETTINGS max_memory_usage = 8000000000, priority = 10, join_use_nulls = 1;
-- Sources: a freeze, and what is shown.
GRANT SELECT ON nightly_public.* TO builder;
GRANT SELECT ON public.* TO builder;
-- Its own database: no rights on files, URLs, other servers, functions, dictionaries or users. The
-- function file() has no right of its own: on a server it reads below user_files_path only.
GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE ON analytics.* TO builder;
GRANT ALTER COLUMN, ALTER INDEX, ALTER PROJECTION, ALTER UPDATE, ALTER DELETE, ALTER MODIFY COMMENT ON analytics.* TO builder;
-- dbt makes and drops its database, and asks what is there.
GRANT CREATE DATABASE, DROP DATABASE ON analytics.* TO builder;
GRANT SELECT ON system.databases, SELECT ON system.tables, SELECT ON system.columns, SELECT ON system.parts, SELECT ON system.settings TO builder;
