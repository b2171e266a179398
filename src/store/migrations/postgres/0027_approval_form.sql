-- 0027: the form that an approval was opened by, as it was then.

create table approval_form (
    approval bigint primary key,
    template text collate "C" not null,
    version  bigint not null,          -- of the template
    form     text collate "C" not null             -- JSON
);
