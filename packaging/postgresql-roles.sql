-- Group roles of a shared shop. Run by the owner of its tables, in its database, after `restock-desk db upgrade`, and
-- again after each upgrade. Then make one login per person and per machine, never one for all:
--
--   create role ana login password '…' in role rd_operator;
--   create role worker login password '…' in role rd_worker connection limit 40;
--   create role reports login password '…' in role rd_viewer;
--   alter role reports set statement_timeout = '30s';
--
-- rd_operator  the window and the command line: everything but the schema
-- rd_worker    send workers and the web service: the same, but templates are read only
-- rd_viewer    figures without people: no address, no name, no mail, no key
-- The audit trail can be added to by all of them and changed by none.

do $$
declare wanted text;
begin
  foreach wanted in array array['rd_operator', 'rd_worker', 'rd_viewer'] loop
    if not exists (select 1 from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
end $$;

revoke create on schema public from public;
grant usage on schema public to rd_operator, rd_worker, rd_viewer;

grant select, insert, update, delete on all tables in schema public to rd_operator, rd_worker;
grant usage, select, update on all sequences in schema public to rd_operator, rd_worker;
revoke update, delete on audit from rd_operator, rd_worker;
revoke insert, update, delete on desk_revision, instance from rd_operator, rd_worker;
grant update (home, pulse, stopped_at, stopped_by, stop_reason) on instance to rd_operator, rd_worker;
revoke insert, update, delete on template, template_version, saved_block from rd_worker;

revoke all on all tables in schema public from rd_viewer;
grant select on product, variant, stock_level, stock_change, restock_event, template, campaign_event, send_batch, worker,
  rollup_hour, rollup_all, rollup_link, desk_revision to rd_viewer;
grant select (id, name, state, pause_reason, origin, template_id, template_name, audience, created_at, grace_until,
  started_at, finished_at) on campaign to rd_viewer;
grant select (id, campaign_id, batch_no, state, attempts, due_at, state_at, started_at, sent_at) on delivery to rd_viewer;
