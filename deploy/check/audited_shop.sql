-- The same, as the audit log has it.
SELECT a.source_id, a.amount_krw::text, a.action FROM audit_money a
 WHERE a.action IN ('order.refunded', 'order.cancelled', 'points.granted');
