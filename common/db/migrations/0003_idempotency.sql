-- Idempotency keys and the answers stored under them (common/http). One row per tenant, route and key;
-- written in the transaction of the effect, so that both exist or neither.
CREATE TABLE idempotency (
	tenant      uuid        NOT NULL,
	route       text        NOT NULL,
	key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
	digest      bytea       NOT NULL CHECK (octet_length(digest) = 32),
	state       text        NOT NULL CHECK (state IN ('running', 'done')),
	lease_until timestamptz,
	status      int4,
	headers     text,
	answer      bytea,
	created_at  timestamptz NOT NULL,
	PRIMARY KEY (tenant, route, key),
	CHECK (state <> 'running' OR lease_until IS NOT NULL),
	CHECK (state <> 'done' OR (status IS NOT NULL AND headers IS NOT NULL AND answer IS NOT NULL))
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Takes the key for this transaction, or raises: running (another transaction has it), replay (an answer is
-- stored for the same request), other_body (the key was used for another request). Returns the row when
-- there is one that runs. Several services share a database, hence the schema in the lock's name.
CREATE FUNCTION idempotency_take(p_tenant uuid, p_route text, p_key text, p_digest bytea) RETURNS idempotency
LANGUAGE plpgsql AS $$
DECLARE
	found_row idempotency;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
	    concat_ws('|', 'idempotency', current_schema(), p_tenant, p_route, p_key), 0)) THEN
		RAISE EXCEPTION USING ERRCODE = 'DU409',
		    MESSAGE = 'idempotency.running|A request with this Idempotency-Key is still running';
	END IF;
	SELECT i.* INTO found_row FROM idempotency i
	    WHERE i.tenant = p_tenant AND i.route = p_route AND i.key = p_key;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF found_row.digest <> p_digest THEN
		RAISE EXCEPTION USING ERRCODE = 'DU422',
		    MESSAGE = 'idempotency.other_body|This Idempotency-Key was used for another request';
	END IF;
	IF found_row.state = 'done' THEN
		RAISE EXCEPTION USING ERRCODE = 'DU409', MESSAGE = 'idempotency.replay|The stored answer is sent';
	END IF;
	RETURN found_row;
END $$;

-- A step that is one transaction: no row of it can be 'running', for rows of that state belong to other routes.
CREATE FUNCTION idempotency_claim(p_tenant uuid, p_route text, p_key text, p_digest bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM idempotency_take(p_tenant, p_route, p_key, p_digest);
END $$;

-- A step that calls a provider: the key is leased, and taken over once a lease has run out.
CREATE FUNCTION idempotency_lease(p_tenant uuid, p_route text, p_key text, p_digest bytea, p_now timestamptz,
    p_until timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	taken idempotency;
BEGIN
	taken := idempotency_take(p_tenant, p_route, p_key, p_digest);
	IF taken.lease_until > p_now THEN
		RAISE EXCEPTION USING ERRCODE = 'DU409',
		    MESSAGE = 'idempotency.running|A request with this Idempotency-Key is still running';
	END IF;
	INSERT INTO idempotency (tenant, route, key, digest, state, lease_until, created_at)
	    VALUES (p_tenant, p_route, p_key, p_digest, 'running', p_until, p_now)
	    ON CONFLICT (tenant, route, key) DO UPDATE SET lease_until = excluded.lease_until;
END $$;
