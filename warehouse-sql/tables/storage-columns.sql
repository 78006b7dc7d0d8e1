-- Names of a storage's columns. In: storage (as a literal).
SELECT name FROM system.columns WHERE database = 'tailrace' AND table = {{storage}}
