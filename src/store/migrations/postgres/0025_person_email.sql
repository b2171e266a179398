-- 0025: people by mail address: who signs in for the first time by an identity provider.
create index person_email on person (lower(email)) where email is not null;
