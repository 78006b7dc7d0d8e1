{{ config(materialized='table', order_by='(state)') }}
select assumeNotNull(state) as state, count() as orders, sum(total) as total
from {{ ref('stg_orders') }}
group by state
