-- Creates the database for the clones that exports read.
-- By hand: as it is.
CREATE DATABASE IF NOT EXISTS tailrace_exports
COMMENT 'clones that exports of tailrace read; each goes with its export'
