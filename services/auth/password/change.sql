-- password_find :maybe
-- in:  user_id uuid
-- out: phc text
SELECT password_phc FROM users WHERE id = $1 AND deleted_at IS NULL;

-- password_set :maybe
-- in:  user_id uuid, checked_phc text?, new_phc text
-- out: phone text, company_id uuid?
-- Nothing when the password is not the one that was checked. Locks the user's row before sessions are looked at, so that
-- no log-in under the old password slips in between.
UPDATE users u SET password_phc = $3
 WHERE u.id = $1 AND ($2::text IS NULL OR u.password_phc = $2) AND u.deleted_at IS NULL
RETURNING u.phone, (SELECT m.company_id FROM membership m WHERE m.user_id = u.id AND m.state = 'member');
