-- Rewrites a storage without tombstones. Only when nothing at or below them can be applied again.
-- In: storage.
OPTIMIZE TABLE tailrace.{{storage}} FINAL CLEANUP
