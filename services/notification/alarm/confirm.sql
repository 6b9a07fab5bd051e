-- alarm_confirm :changed
-- in:  id uuid, user_id uuid, confirm bool
UPDATE alarm SET confirm = $3 WHERE id = $1 AND user_id = $2;

-- alarm_confirm_all :changed
-- in:  user_id uuid, confirm bool, up_to int8
-- In the order of the numbers, so that two at once wait for each other and do not cross.
UPDATE alarm SET confirm = $2 WHERE id IN (
       SELECT id FROM alarm WHERE user_id = $1 AND confirm <> $2 AND number <= $3 ORDER BY number FOR UPDATE);
