-- Parts of payments that went back.
SELECT c.id::text, c.amount_krw::text, 'refund' FROM cancellation c WHERE c.status = 'refunded';
