-- Disk space of the warehouse in bytes, and free space on its disk. system.disks lists a disk
-- without a limit of its own once per folder.
-- Out: bytes, free.
-- By hand: as it is.
select
  (select sum(bytes_on_disk) from system.parts where active and database = 'tailrace') as bytes,
  (select min(free_space) from system.disks) as free
