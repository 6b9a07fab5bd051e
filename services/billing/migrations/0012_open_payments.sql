-- What may not stay open for long is counted every few seconds and must be found without reading the rest.
CREATE INDEX payment_open ON payment (created_at) WHERE status IN ('confirming', 'unknown');
CREATE INDEX cancellation_open ON cancellation (requested_at) WHERE ended_at IS NULL;
