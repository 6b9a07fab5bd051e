-- verification_missed :queue
-- in:  id uuid
UPDATE verification SET tries = tries + 1 WHERE id = $1;
