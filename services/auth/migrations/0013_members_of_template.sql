-- Who is changed with a template is looked up by it, not among everybody's memberships.
CREATE INDEX membership_by_template ON membership (template_id) WHERE state = 'member';
