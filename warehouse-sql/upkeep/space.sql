-- What the warehouse takes on its disk, in bytes, and what is free there (system.disks; a disk
-- without a limit of its own counts once per folder).
select
  (select sum(bytes_on_disk) from system.parts where active and database = 'tailrace') as bytes,
  (select min(free_space) from system.disks) as free
