-- Statements of accounts, sessions, login links.

-- account_one: by the person
select person, password, disabled_at, totp_sealed, totp_at, totp_step, totp_recovery from account where person = $1

-- account_by_oidc: by who vouches for them
select person, password, disabled_at, totp_sealed, totp_at, totp_step, totp_recovery from account
 where oidc_issuer = $1 and oidc_subject = $2

-- account_count: how many
select count(*) from account

-- account_insert: a new one
insert into account (person, password, password_at, created_at)
values ($1, $2, case when $2::text is null then null else $3::bigint end, $3)

-- account_disable: $2 null: may get in again
update account set disabled_at = $2 where person = $1

-- account_password: another one
-- counts
update account set password = $2, password_at = $3 where person = $1

-- account_login: it was used
update account set last_login_at = $2 where person = $1

-- account_totp: a secret that is not confirmed yet, or none
update account set totp_sealed = $2, totp_at = null, totp_step = null, totp_recovery = null where person = $1

-- account_totp_confirm: it is asked for from now on
update account set totp_at = $2, totp_step = $3, totp_recovery = $4 where person = $1

-- account_totp_step: no code of this step or before is taken again
update account set totp_step = $2 where person = $1

-- account_totp_recovery: what is left
update account set totp_recovery = $2 where person = $1

-- account_oidc: who vouches for them
update account set oidc_issuer = $2, oidc_subject = $3 where person = $1

-- account_oidc_linked: somebody vouches for them
select person from account where person = $1 and oidc_issuer is not null

-- account_page: above $1
select person, oidc_issuer, oidc_subject, password is not null, totp_at is not null, created_at, disabled_at,
       last_login_at from account where person > $1 order by person limit $2

-- session_all: for the front door
select id, token_hash, person, created_at, used_at, ends_at, how from session

-- session_count: of one person
select count(*) from session where person = $1

-- session_oldest: of one person, the $2 that were used longest ago
select id from session where person = $1 order by used_at, id limit $2

-- session_insert: one begins
insert into session (id, token_hash, person, created_at, used_at, ends_at, how, address, client)
values ($1, $2, $3, $4, $4, $5, $6, $7, $8)

-- session_one: whose it is
select person from session where id = $1

-- session_of: ids of all of a person
select id from session where person = $1

-- session_delete: it ends
delete from session where id = $1

-- session_used: when it was last seen
update session set used_at = $2 where id = $1 and used_at < $2

-- session_over: ended by themselves, $3 at most; $1 now, $2 used before
select id from session where ends_at <= $1 or used_at <= $2 limit $3

-- session_list: those of a person that go on; $2 now, $3 used after
select id, person, address, client, how, created_at, used_at, ends_at from session
 where person = $1 and ends_at > $2 and used_at > $3 order by created_at desc, id limit $4

-- link_put: one for the person
insert into login_link (token_hash, person, created_at, ends_at, created_by) values ($1, $2, $3, $4, $5)

-- link_one: whose it is, and until when
select person, ends_at from login_link where token_hash = $1

-- link_delete: it was taken
delete from login_link where token_hash = $1

-- link_forget: those of a person
delete from login_link where person = $1

-- link_over: nobody came in time
delete from login_link where ends_at <= $1
