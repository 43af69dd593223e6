-- Several servers on one database: calls that may be repeated, runs that any server may go on with, and a page's reads in
-- one round trip. What was there before is replaced as a whole; the last lines grant as the first schema did.

create or replace function public.read_place(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return (
    select jsonb_build_object(
      'workshop', jsonb_build_object(
        'workshop_id', w.id, 'title', w.title, 'brief', w.brief, 'stage', w.stage,
        'rev', (select rev from public.workshop_revs where workshop_id = w.id),
        'join_code', case when me.role = 'facilitator' then w.join_code end,
        'code_is_open', w.code_is_open, 'editing_is_locked', w.editing_is_locked,
        'timer_ends_at', w.timer_ends_at, 'timer_label', w.timer_label,
        -- Everybody is told where it answers: pages name who reads what people write, and their runs go there.
        'model', case when w.model is null then null else jsonb_build_object('model', w.model, 'api_base', w.api_base) end,
        'max_calls', w.max_calls, 'max_cost_usd', w.max_cost_usd, 'created_at', w.created_at) || private.calls_used(w.id),
      'me', jsonb_build_object('person_id', me.id, 'role', me.role, 'name', me.name),
      'participant_count', (select count(*) from public.people p where p.workshop_id = w.id
        and p.role = 'participant' and p.removed_at is null and p.left_at is null),
      'latest_version_number', nullif(w.next_version_number - 1, 0),
      'policy_revision', w.policy_revision,
      'clause_count', (select count(*) from public.clauses c where c.workshop_id = w.id and c.withdrawn_at is null),
      'changed_since_version', w.policy_text is distinct from
        (select v.text from public.policy_versions v where v.workshop_id = w.id and v.number = w.next_version_number - 1),
      'open_rounds', coalesce((
        select jsonb_agg(jsonb_build_object('round_id', r.id, 'number', r.number, 'question', r.question,
          'voted_count', turnout.counts -> 'voted_count', 'eligible_count', turnout.counts -> 'eligible_count',
          'i_have_voted', mine.voted_at is not null, 'i_am_eligible', mine.person_id is not null) order by r.number)
        from public.rounds r cross join lateral (select private.turnout(r, 'participant') as counts) turnout
          left join public.round_voters mine on mine.round_id = r.id and mine.person_id = me.id
        where r.workshop_id = w.id and r.status = 'open'), '[]'::jsonb))
    from public.workshops w where w.id = p_workshop);
end
$$;

-- Ends a person's time in the workshop, with or without their data. The caller has locked the person and the workshop.
create function private.leave(p_person uuid, p_workshop uuid, p_delete_data boolean) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.tokens where person_id = p_person;
  delete from public.drafts where person_id = p_person;
  perform private.stop_runs_of(p_person);
  if p_delete_data then
    -- Votes of a revealed anonymous round carry no person any more, so they cannot be found and stay in the counts.
    delete from public.votes where person_id = p_person;
    delete from public.round_voters where person_id = p_person;
    delete from public.marks where person_id = p_person;
    -- The calls were made and paid for: they stay in the workshop's count.
    update public.workshops w set forgotten_calls = forgotten_calls + gone.calls, forgotten_cost_usd = forgotten_cost_usd + gone.cost
      from (select coalesce(sum(r.attempts - (r.status = 'stopped')::integer), 0) as calls, coalesce(sum(r.cost_usd), 0) as cost
              from public.responses r join public.runs ru on ru.id = r.run_id
             where ru.asked_by = p_person and ru.shared_at is null) gone
     where w.id = p_workshop;
    delete from public.runs where asked_by = p_person and shared_at is null;
    delete from public.scenarios where made_by = p_person and shared_at is null;
    update public.people set name = 'a former participant', last_seen_at = null, wants_back_at = null, name_hidden_at = null
     where id = p_person;
  end if;
  update public.people set left_at = coalesce(left_at, now()) where id = p_person;
  perform private.bump(p_workshop);
end
$$;

create or replace function public.leave_workshop(p_workshop uuid, p_token_hash text, p_delete_data boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people;
begin
  -- Whatever this person is writing in another tab ends before, and nothing of theirs is written after.
  perform from public.people p where p.id = (select person_id from public.tokens where token_hash = p_token_hash) for update;
  me := private.actor(p_workshop, p_token_hash, 'participant');
  perform private.lock_workshop(p_workshop);
  perform private.leave(me.id, p_workshop, p_delete_data);
  return '{}'::jsonb;
end
$$;

-- Only as the server, from the command line: what "leave and delete my data" does, for a person who has no link any more.
-- Also for those who left without deleting, or were removed. A name may come again once its bearer is gone: then
-- p_person says which of them is meant, and nobody else's data goes by mistake.
create function public.forget_person(p_workshop uuid, p_name text, p_person uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  meant uuid[];
  named text;
begin
  perform private.check_text('The name', p_name, 60);
  if not exists (select from public.workshops where id = p_workshop) then
    perform private.fail('PT404', 'No such workshop. Check the id.');
  end if;
  select array_agg(locked.id),
      string_agg(format('%s (joined %s UTC, %s)', locked.id, to_char(locked.joined_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        case when locked.left_at is not null then 'left' when locked.removed_at is not null then 'was removed' else 'is here' end), '; ')
    into meant, named from (
      select p.* from public.people p
       where p.workshop_id = p_workshop and p.role = 'participant' and p.name <> 'a former participant'
         and lower(p.name) = lower(private.clean_name(p_name)) and (p_person is null or p.id = p_person)
       order by p.id for update) locked;
  if meant is null then
    perform private.fail('PT404', 'No participant of this name is or was in the workshop. Check the spelling; the data may be deleted already.');
  elsif cardinality(meant) > 1 then
    perform private.fail('PT409', format('%s people of this name are or were in the workshop. Say by id which of them is meant: %s.',
      cardinality(meant), named));
  end if;
  perform private.lock_workshop(p_workshop);
  perform private.leave(meant[1], p_workshop, true);
  return '{}'::jsonb;
end
$$;

create or replace function public.withdraw_scenario(p_workshop uuid, p_token_hash text, p_scenario uuid, p_is_withdrawn boolean default true)
returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  scenario public.scenarios;
begin
  update public.scenarios set withdrawn_at = case when coalesce(p_is_withdrawn, true) then coalesce(withdrawn_at, now()) end
   where id = p_scenario and workshop_id = p_workshop
     and (made_by = me.id or (me.role = 'facilitator' and shared_at is not null))
  returning * into scenario;
  if scenario.id is null then
    if not exists (select from public.scenarios
        where id = p_scenario and workshop_id = p_workshop and shared_at is not null) then
      perform private.fail('PT404', 'This scenario does not exist, or is not shared with you. Reload the list of scenarios.');
    end if;
    perform private.fail('PT403', 'Only the person who made a scenario, or the facilitator, can withdraw it.');
  end if;
  perform private.bump(p_workshop);
  return private.scenario_json(scenario, me.role);
end
$$;

create function private.check_run(p_workshop uuid, p_run uuid) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.runs where id = p_run and workshop_id = p_workshop) then
    perform private.fail('PT404', 'This run does not exist in this workshop. Reload the page.');
  end if;
end
$$;

create or replace function private.own_run(p_workshop uuid, p_run uuid, me public.people) returns public.runs
language plpgsql stable set search_path = '' as $$
declare
  run public.runs;
begin
  select * into run from public.runs
   where id = p_run and workshop_id = p_workshop
     and (asked_by = me.id or (me.role = 'facilitator' and shared_at is not null));
  if run.id is null then
    perform private.check_run(p_workshop, p_run);
    perform private.fail('PT403', 'Only the person who started a run, or the facilitator for a shared one, can do this.');
  end if;
  return run;
end
$$;

create function private.cost_reason() returns text
language sql immutable set search_path = '' as $$
  select 'The cost limit is reached. The facilitator can raise it in the console; then this goes on by itself.'
$$;

-- What was paused goes on, whoever asked for it: with a model and its address the runs of that model, whose key was
-- given; without a model those that the cost limit paused. Nothing is told of them, for most are none of the
-- facilitator's business, and what a person stopped stays stopped.
create function public.resume_paused(
  p_workshop uuid, p_token_hash text, p_model text default null, p_api_base text default null
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
  paused uuid[];
begin
  perform private.check_text('The model''s name', p_model, 200, false);
  perform private.check_text('The model''s address', p_api_base, 500, false);
  if p_model is null and private.cost_is_reached(private.calls_used(p_workshop), workshop.max_cost_usd) then
    return '{}'::jsonb;
  end if;
  paused := array(
    select ru.id from public.runs ru
     where ru.workshop_id = p_workshop and ru.stopped_at is null and ru.pause_reason is not null
       and case when p_model is null then ru.pause_reason = private.cost_reason()
             else ru.pause_reason <> private.cost_reason() and ru.model = p_model and ru.api_base is not distinct from p_api_base end
       and exists (select from public.people asker
                    where asker.id = ru.asked_by and asker.removed_at is null and asker.left_at is null)
     order by ru.id for no key update of ru);
  update public.responses set claimed_by = null where run_id = any (paused) and status = 'waiting';
  update public.runs set pause_reason = null where id = any (paused);
  if found then
    perform private.bump(p_workshop);
  end if;
  return '{}'::jsonb;
end
$$;

create or replace function public.share_run(p_workshop uuid, p_token_hash text, p_run uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs;
begin
  perform private.lock_workshop(p_workshop);
  update public.runs set shared_at = coalesce(shared_at, now())
   where id = p_run and workshop_id = p_workshop and asked_by = me.id returning * into run;
  if run.id is null then
    perform private.check_run(p_workshop, p_run);
    perform private.fail('PT403', 'Only the person who asked can share these responses.');
  end if;
  perform private.share_scenarios(p_workshop, array(
    select distinct s.id from public.responses r join public.scenarios s on s.id = r.scenario_id
     where r.run_id = p_run and s.shared_at is null and s.made_by = me.id));
  perform private.bump(p_workshop);
  return private.run_json(run);
end
$$;

-- As the server: hand waiting cells to the process that asks, unless a living process has them. A cell that the process
-- claimed and does not hold was lost with an answer on its way, and is handed out again. p_held: the response ids that it
-- holds, null if it cannot tell. p_lacks: the runs whose key it has not: they are left to the others, if others live.
drop function public.claim_cells(text, integer, double precision);
create function public.claim_cells(
  p_process text, p_limit integer, p_stale_s double precision, p_held jsonb default null, p_lacks jsonb default null
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  claimed uuid[];
  workshop uuid;
begin
  perform private.check_text('The process', p_process, 200);
  if p_held is not null then
    perform private.check_list('The cells in hand', p_held, 100000, 'string');
  end if;
  if p_lacks is not null then
    perform private.check_list('The runs without a key', p_lacks, 100000, 'string');
  end if;
  insert into public.processes (process, seen_at) values (p_process, clock_timestamp())
    on conflict (process) do update set seen_at = excluded.seen_at;
  for workshop in
    select w.id from public.workshops w
     where w.id in (select ru.workshop_id from public.responses r join public.runs ru on ru.id = r.run_id
                     where r.status = 'waiting' and ru.stopped_at is null and ru.pause_reason is null)
       and private.cost_is_reached(private.calls_used(w.id), w.max_cost_usd)
     order by w.id
  loop
    update public.runs ru set pause_reason = private.cost_reason()
     where ru.workshop_id = workshop and ru.stopped_at is null and ru.pause_reason is null
       and exists (select from public.responses r where r.run_id = ru.id and r.status = 'waiting');
    if found then
      perform private.bump(workshop);
    end if;
  end loop;
  update public.responses set claimed_by = null where id in (
    select r.id from public.responses r
     where r.claimed_by = p_process and r.status = 'waiting' and p_lacks ? r.run_id::text for update skip locked);
  with free as (
    select r.id from public.responses r join public.runs ru on ru.id = r.run_id
      join public.people asker on asker.id = ru.asked_by and asker.removed_at is null
     where r.status = 'waiting' and ru.stopped_at is null and ru.pause_reason is null
       and (p_lacks is null or not p_lacks ? r.run_id::text or not exists (
              select from public.processes other where other.process <> p_process
                 and other.seen_at > clock_timestamp() - make_interval(secs => coalesce(p_stale_s, 30))))
       and (r.claimed_by is null
            or (r.claimed_by = p_process and p_held is not null and not p_held ? r.id::text)
            or (r.claimed_by <> p_process and not exists (
              select from public.processes p where p.process = r.claimed_by
                 and p.seen_at > clock_timestamp() - make_interval(secs => coalesce(p_stale_s, 30)))))
     order by ru.is_question desc, ru.created_at, r.position
     limit greatest(p_limit, 0) for update of r skip locked),
  taken as (update public.responses r set claimed_by = p_process from free where r.id = free.id returning r.id)
  select array_agg(id) into claimed from taken;
  return coalesce((
    select jsonb_agg(jsonb_build_object('response_id', r.id, 'run_id', r.run_id, 'workshop_id', r.workshop_id,
      'policy_text', (select v.text from public.policy_versions v where v.id = r.version_id),
      'turns', s.turns, 'model', ru.model, 'api_base', ru.api_base, 'params', ru.params, 'seed', r.seed,
      'is_question', ru.is_question) order by ru.is_question desc, ru.created_at, r.position)
    from public.responses r join public.runs ru on ru.id = r.run_id join public.scenarios s on s.id = r.scenario_id
    where r.id = any (claimed)), '[]'::jsonb);
end
$$;

-- A vote that is sent again, or arrives late, after the same person voted otherwise elsewhere, undoes nothing: each vote
-- remembers the requests by which it was cast before.
alter table public.votes add column earlier_requests text[] not null default '{}';

create or replace function private.cast_vote(
  p_workshop uuid, p_token_hash text, p_item uuid, p_position text, p_reason text, p_request_id text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me public.people;
  round public.rounds;
begin
  select p.* into me from public.tokens t join public.people p on p.id = t.person_id
   where t.token_hash = p_token_hash and p.workshop_id = p_workshop and p.left_at is null and p.removed_at is null
     for key share of p;
  if me.id is null then
    return private.refusal('PT401', 'This browser is not signed in to the workshop any more. Open your personal link to vote.');
  end if;
  if me.role <> 'participant' then
    return private.refusal('PT403', 'Only participants vote. Join as a participant to vote too.');
  end if;
  if p_position is null or p_position not in ('agree', 'pass', 'disagree', 'cannot_judge') then
    return private.refusal('PT400', 'A vote is agree, pass, disagree or cannot judge.');
  end if;
  if length(p_reason) > 1000 then
    return private.refusal('PT400', format('The reason has %s characters; at most 1000 fit. Shorten it and vote again.', length(p_reason)));
  end if;
  select r.* into round from public.rounds r join public.round_items i on i.round_id = r.id
   where i.id = p_item and r.workshop_id = p_workshop for share of r;
  if round.id is null then
    return private.refusal('PT404', 'This item is in no round of this workshop. Reload the ballot.');
  end if;
  if round.status <> 'open' then
    return private.refusal('PT410', 'The round is closed; your vote was not counted. Votes you cast before are kept.');
  end if;
  insert into public.round_voters as v (round_id, person_id, voted_at) values (round.id, me.id, clock_timestamp())
    on conflict (round_id, person_id) do update set voted_at = excluded.voted_at where v.voted_at is null;
  insert into public.votes as v (item_id, round_id, person_id, position, reason, request_id)
    values (p_item, round.id, me.id, p_position, coalesce(btrim(p_reason), ''), p_request_id)
    on conflict (item_id, person_id) do update
      set position = excluded.position, reason = excluded.reason, request_id = excluded.request_id,
          earlier_requests = array_remove((v.request_id || v.earlier_requests)[:50], null), cast_at = clock_timestamp()
      where excluded.request_id is null
         or (v.request_id is distinct from excluded.request_id and excluded.request_id <> all (v.earlier_requests));
  return '{"ok": true}'::jsonb;
end
$$;

-- What a page shows is read in one round trip: several reading functions, called as the same person at one moment.
-- p_reads: [{function, and its arguments by name}]; the answers come in the same order.
create function public.read_together(p_workshop uuid, p_token_hash text, p_reads jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  asked jsonb;
  answer jsonb;
  answers jsonb := '[]'::jsonb;
begin
  perform private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  perform private.check_list('What is read', p_reads, 20, 'object');
  for asked in select given.value from jsonb_array_elements(p_reads) with ordinality as given (value, place) order by place loop
    answer := case asked ->> 'function'
      when 'read_place' then public.read_place(p_workshop, p_token_hash)
      when 'read_people' then public.read_people(p_workshop, p_token_hash)
      when 'read_drafts' then public.read_drafts(p_workshop, p_token_hash)
      when 'read_policy' then public.read_policy(p_workshop, p_token_hash)
      when 'read_version' then public.read_version(p_workshop, p_token_hash, (asked ->> 'number')::integer)
      when 'read_scenarios' then public.read_scenarios(p_workshop, p_token_hash)
      when 'read_runs' then public.read_runs(p_workshop, p_token_hash)
      when 'read_responses' then
        public.read_responses(p_workshop, p_token_hash, (asked ->> 'scenario')::uuid, (asked ->> 'run')::uuid)
      when 'read_marks' then public.read_marks(p_workshop, p_token_hash)
      when 'read_rounds' then public.read_rounds(p_workshop, p_token_hash)
      when 'read_results' then public.read_results(p_workshop, p_token_hash)
    end;
    if answer is null then
      perform private.fail('PT400', format('%s is not read together with others.', left(asked ->> 'function', 60)));
    end if;
    answers := answers || jsonb_build_array(answer);
  end loop;
  return answers;
end
$$;

-- The reason under which runs were paused before, so that a raised limit finds them.
update public.runs set pause_reason = private.cost_reason()
 where pause_reason = 'The cost limit is reached. Raise it in the console, then resume.';

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
