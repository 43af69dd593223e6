-- The calls of models: who waits for what, and one act that stops all of them and can be taken back.

-- When all calls were stopped at once: under which act, when, and by whom. What somebody did with a run since stays theirs.
alter table public.runs
  add column halt_id uuid,
  add column halted_at timestamptz,
  add column halted_by uuid references public.people on delete set null;
create index runs_halted_by on public.runs (halted_by);

create or replace function private.run_json(r public.runs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('run_id', r.id, 'asked_by', r.asked_by, 'asked_by_name', private.name_of(r.asked_by),
    'status', case when r.stopped_at is not null then 'stopped' when cells.waiting = 0 then 'finished'
      when r.pause_reason is not null then 'paused' else 'active' end,
    'pause_reason', r.pause_reason, 'is_question', r.is_question, 'model', r.model, 'samples', r.samples, 'is_shared', r.shared_at is not null,
    'stop_reason', case when r.stopped_at = r.halted_at then format('%s stopped all model calls of the workshop.', private.name_of(r.halted_by)) end,
    'created_at', r.created_at, 'cell_count', cells.total, 'done_count', cells.done, 'failed_count', cells.failed,
    'waiting_count', cells.waiting, 'stopped_count', cells.stopped)
  from (select count(*) as total, count(*) filter (where status = 'done') as done,
               count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'waiting') as waiting,
               count(*) filter (where status = 'stopped') as stopped
          from public.responses where run_id = r.id) cells
$$;

-- Whose shared runs wait, and how far they are; of private ones only how many calls.
create function public.read_queue(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'facilitator');
begin
  return (
    with cells as (
      select ru.id, ru.shared_at is not null as is_shared, ru.created_at, ru.model, ru.pause_reason, ru.asked_by, ru.is_question,
          count(*) filter (where r.status = 'waiting' and not under_way.is_so) as waiting,
          count(*) filter (where r.status = 'waiting' and under_way.is_so) as running,
          count(*) filter (where r.status in ('done', 'failed')) as finished, count(*) as total
        from public.runs ru join public.responses r on r.run_id = ru.id cross join lateral (
          select ru.pause_reason is null and exists (select from public.processes p where p.process = r.claimed_by
            and p.seen_at > clock_timestamp() - interval '30 seconds') as is_so) under_way
       where ru.workshop_id = p_workshop and ru.stopped_at is null
       group by ru.id having count(*) filter (where r.status = 'waiting') > 0),
    halted as (
      select ru.halt_id, max(ru.halted_at) as at, (array_agg(ru.halted_by))[1] as by_person,
          (select count(*) from public.responses r where r.status = 'stopped' and r.run_id = any (array_agg(ru.id))) as calls
        from public.runs ru
       where ru.workshop_id = p_workshop and ru.halt_id is not null and ru.stopped_at = ru.halted_at
       group by ru.halt_id order by max(ru.halted_at) desc limit 1)
    select jsonb_build_object(
      'waiting', coalesce(sum(c.waiting), 0), 'running', coalesce(sum(c.running), 0),
      'private_waiting', coalesce(sum(c.waiting) filter (where not c.is_shared), 0),
      'private_running', coalesce(sum(c.running) filter (where not c.is_shared), 0),
      'runs', coalesce(jsonb_agg(jsonb_build_object('run_id', c.id, 'asked_by_name', private.name_of(c.asked_by), 'model', c.model,
          'is_question', c.is_question, 'pause_reason', c.pause_reason, 'waiting_count', c.waiting, 'running_count', c.running,
          'finished_count', c.finished, 'cell_count', c.total) order by c.created_at) filter (where c.is_shared), '[]'::jsonb),
      'last_stop', (select jsonb_build_object('stop_id', h.halt_id, 'at', h.at, 'by', private.name_of(h.by_person), 'calls', h.calls)
        from halted h))
    from cells c);
end
$$;

-- Every call that waits or is under way, shared or private, is stopped; what is answered stays. Nothing is told of the private
-- ones; whoever asked reads why.
create function public.stop_all_runs(p_workshop uuid, p_token_hash text, p_stop uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  stopping uuid[];
begin
  perform private.check_given('The id of this act', p_stop is not null);
  perform private.lock_workshop(p_workshop);
  stopping := array(
    select ru.id from public.runs ru
     where ru.workshop_id = p_workshop and ru.stopped_at is null
       and exists (select from public.responses r where r.run_id = ru.id and r.status = 'waiting')
     order by ru.id for no key update);
  update public.responses set status = 'stopped' where run_id = any (stopping) and status = 'waiting';
  update public.runs set stopped_at = now(), halted_at = now(), halt_id = p_stop, halted_by = me.id where id = any (stopping);
  if found then
    perform private.bump(p_workshop, 'test');
  end if;
  return '{}'::jsonb;
end
$$;

-- Takes one such act back: what it stopped goes on, but for what its asker resumed or stopped since, or is gone.
create function public.resume_all_runs(p_workshop uuid, p_token_hash text, p_stop uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  going_on uuid[];
begin
  perform private.lock_workshop(p_workshop);
  going_on := array(
    select ru.id from public.runs ru
     where ru.workshop_id = p_workshop and ru.halt_id = p_stop and ru.stopped_at = ru.halted_at
       and exists (select from public.people asker
                    where asker.id = ru.asked_by and asker.removed_at is null and asker.left_at is null)
     order by ru.id for no key update of ru);
  perform private.check_limits(p_workshop,
    (select count(*)::integer from public.responses where run_id = any (going_on) and status = 'stopped'));
  update public.responses set status = 'waiting', claimed_by = null where run_id = any (going_on) and status = 'stopped';
  update public.runs set stopped_at = null, halted_at = null, halt_id = null, halted_by = null where id = any (going_on);
  if found then
    perform private.bump(p_workshop, 'test');
  end if;
  return '{}'::jsonb;
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
