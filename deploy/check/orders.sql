-- Every order there is.
SELECT o.id::text, NULL::text, 'an order' FROM orders o;
