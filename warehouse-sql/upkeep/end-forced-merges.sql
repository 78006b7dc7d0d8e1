-- From now on a storage's parts are merged by ClickHouse's own measure only. In: storage.
ALTER TABLE tailrace.{{storage}} MODIFY SETTING min_age_to_force_merge_seconds = 0
