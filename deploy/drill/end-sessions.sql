-- Behind a restore that lost something, before auth starts and with Redis emptied: all sessions have ended, since some of
-- those that seem to live were ended after the backup. Everybody logs in again. For the owner of auth's schema.
UPDATE auth.session SET revoked_at = now(), revoke_reason = 'restored', version = version + 1 WHERE revoked_at IS NULL;
