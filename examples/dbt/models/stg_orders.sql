{{ config(materialized='view') }}
select o.id as id, o.customer_id as customer_id, o.state as state, s.name as state_name, o.total as total, o.placed_at as placed_at,
       o.updated_at as updated_at
from {{ source('shop', 'orders') }} as o
left join {{ ref('states') }} as s on s.state = o.state
