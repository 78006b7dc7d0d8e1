-- A frozen copy of a storage, made of hard links in milliseconds. In: clone, storage.
CREATE TABLE IF NOT EXISTS tailrace.{{clone}} CLONE AS tailrace.{{storage}}
