-- 0027: the form that an approval was opened by, as it was then.

create table approval_form (
    approval integer primary key,
    template text not null,
    version  integer not null,         -- of the template
    form     text not null             -- JSON
) without rowid;
