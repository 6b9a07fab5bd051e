-- Log-in asks whether somebody has been at this address before, in any session of his, ended ones included; the index of
-- those that are alive is no help then.
CREATE INDEX session_of_user ON session (user_id);
