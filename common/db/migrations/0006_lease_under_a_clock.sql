-- A lease that ends later than one that began now was taken under a clock that was ahead: who took it is dead or nearly
-- done, and his key must not wait until that time comes again. Half a minute is what replicas' clocks may differ by.
CREATE OR REPLACE FUNCTION idempotency_lease(p_tenant uuid, p_route text, p_key text, p_digest bytea, p_now timestamptz,
    p_until timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	taken idempotency;
BEGIN
	taken := idempotency_take(p_tenant, p_route, p_key, p_digest);
	IF taken.lease_until > p_now AND taken.lease_until <= p_until + interval '30 seconds' THEN
		RAISE EXCEPTION USING ERRCODE = 'DU409',
		    MESSAGE = 'idempotency.running|A request with this Idempotency-Key is still running';
	END IF;
	INSERT INTO idempotency (tenant, route, key, digest, state, lease_until, created_at)
	    VALUES (p_tenant, p_route, p_key, p_digest, 'running', p_until, p_now)
	    ON CONFLICT (tenant, route, key) DO UPDATE SET lease_until = excluded.lease_until;
END $$;
