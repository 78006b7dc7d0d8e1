{{ config(materialized='incremental', order_by='(day)', unique_key='day', incremental_strategy='delete+insert') }}
select toDate(assumeNotNull(o.placed_at), 'UTC') as day, sum(i.quantity * i.price) as revenue, max(o.updated_at) as changed_at
from {{ ref('stg_orders') }} as o
join {{ source('shop', 'order_items') }} as i on i.order_id = o.id
{% if is_incremental() %}
where toDate(assumeNotNull(o.placed_at), 'UTC') in (
  select toDate(assumeNotNull(placed_at), 'UTC') from {{ ref('stg_orders') }}
  where updated_at > (select max(changed_at) from {{ this }})
)
{% endif %}
group by day
