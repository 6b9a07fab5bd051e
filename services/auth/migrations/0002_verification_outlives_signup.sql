-- The codes sent to a phone are counted per day, so they must not go with a sign-up that the nightly job deletes.
ALTER TABLE verification DROP CONSTRAINT verification_signup_digest_fkey;
ALTER TABLE verification ADD CONSTRAINT verification_signup_digest_fkey
    FOREIGN KEY (signup_digest) REFERENCES signup ON DELETE SET NULL;
