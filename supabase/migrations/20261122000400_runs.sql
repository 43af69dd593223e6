-- Scenarios, runs, responses and marks.

create function private.scenario_json(s public.scenarios, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('scenario_id', s.id, 'number', s.number,
    'title', case when s.hidden_at is null or p_role = 'facilitator' then s.title else '(hidden by the facilitator)' end,
    'turns', case when s.hidden_at is null or p_role = 'facilitator' then s.turns
      else jsonb_build_array(jsonb_build_object('role', 'user', 'content', '(hidden by the facilitator)')) end,
    'made_by', s.made_by, 'made_by_name', private.name_of(s.made_by), 'is_shared', s.shared_at is not null,
    'is_withdrawn', s.withdrawn_at is not null, 'is_hidden', s.hidden_at is not null, 'created_at', s.created_at)
$$;

create function private.checked_title(p_title text) returns text
language plpgsql set search_path = '' as $$
begin
  perform private.check_text('The title', p_title, 120);
  return btrim(p_title, E' \t\n\r');
end
$$;

-- The turns as they are stored and sent: role and content and nothing else, the last one the person's.
create function private.checked_turns(p_turns jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform private.check_list('The turns', p_turns, 100, 'object');
  if jsonb_array_length(p_turns) = 0 or p_turns -> -1 ->> 'role' is distinct from 'user' then
    perform private.fail('PT400', 'A scenario ends with what the person says to the model. Add that last turn.');
  end if;
  if exists (select from jsonb_array_elements(p_turns) t where t ->> 'role' is null or t ->> 'role' not in ('user', 'assistant')
      or jsonb_typeof(t -> 'content') is distinct from 'string') then
    perform private.fail('PT400', 'Each turn of a scenario is a text of the user or of the assistant.');
  end if;
  perform private.check_text('The scenario', p_turns -> -1 ->> 'content', 8000);
  perform private.check_text('The scenario', (select string_agg(t ->> 'content', '') from jsonb_array_elements(p_turns) t), 8000);
  return (select jsonb_agg(jsonb_build_object('role', t ->> 'role', 'content', t ->> 'content') order by n)
    from jsonb_array_elements(p_turns) with ordinality as given (t, n));
end
$$;

create function private.share_scenarios(p_workshop uuid, p_scenarios uuid[]) returns void
language plpgsql set search_path = '' as $$
declare
  scenario uuid;
begin
  perform private.lock_workshop(p_workshop);
  foreach scenario in array p_scenarios loop
    update public.scenarios s set shared_at = now(), number = w.next_scenario_number
      from public.workshops w where w.id = p_workshop and s.id = scenario and s.shared_at is null;
    if found then
      update public.workshops set next_scenario_number = next_scenario_number + 1 where id = p_workshop;
    end if;
  end loop;
end
$$;

create function public.add_scenario(
  p_workshop uuid, p_token_hash text, p_scenario uuid, p_title text, p_turns jsonb, p_is_shared boolean
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  scenario public.scenarios;
begin
  perform private.check_given('The scenario''s id', p_scenario is not null);
  perform private.lock_workshop(p_workshop);
  select * into scenario from public.scenarios where id = p_scenario and workshop_id = p_workshop and made_by = me.id;
  if scenario.id is null then
    insert into public.scenarios (id, workshop_id, title, turns, made_by)
      values (p_scenario, p_workshop, private.checked_title(p_title), private.checked_turns(p_turns), me.id);
    if p_is_shared then
      perform private.share_scenarios(p_workshop, array[p_scenario]);
    end if;
    perform private.bump(p_workshop);
    select * into scenario from public.scenarios where id = p_scenario;
  end if;
  return private.scenario_json(scenario, me.role);
end
$$;

create function public.share_scenario(p_workshop uuid, p_token_hash text, p_scenario uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  scenario public.scenarios;
begin
  if not exists (select from public.scenarios where id = p_scenario and workshop_id = p_workshop and made_by = me.id) then
    perform private.fail('PT404', 'Only the person who made a scenario can share it.');
  end if;
  perform private.share_scenarios(p_workshop, array[p_scenario]);
  perform private.bump(p_workshop);
  select * into scenario from public.scenarios where id = p_scenario;
  return private.scenario_json(scenario, me.role);
end
$$;

create function public.withdraw_scenario(p_workshop uuid, p_token_hash text, p_scenario uuid, p_is_withdrawn boolean default true)
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
    perform private.fail('PT403', 'Only the person who made a scenario, or the facilitator, can withdraw it.');
  end if;
  perform private.bump(p_workshop);
  return private.scenario_json(scenario, me.role);
end
$$;

create function public.read_scenarios(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((select jsonb_agg(private.scenario_json(s, me.role) order by s.number nulls last, s.created_at)
    from public.scenarios s
   where s.workshop_id = p_workshop and (s.shared_at is not null or s.made_by = me.id)), '[]'::jsonb);
end
$$;

create function private.calls_used(p_workshop uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('calls_used', w.forgotten_calls + stored.calls, 'cost_used_usd', w.forgotten_cost_usd + stored.cost,
    'calls_of_unknown_cost', stored.unknown)
  from public.workshops w, (
    -- The last attempt at a stopped cell was never made, earlier ones were.
    select coalesce(sum(attempts - (status = 'stopped')::integer), 0) as calls, coalesce(sum(cost_usd), 0) as cost,
        count(*) filter (where status = 'done' and cost_usd is null) as unknown
      from public.responses where workshop_id = p_workshop) stored
  where w.id = p_workshop
$$;

create function private.cost_is_reached(p_used jsonb, p_max_cost_usd double precision) returns boolean
language sql immutable set search_path = '' as $$
  select (p_used ->> 'cost_used_usd')::double precision > 0
     and (p_used ->> 'cost_used_usd')::double precision >= p_max_cost_usd
$$;

create function private.check_limits(p_workshop uuid, p_new_calls integer) returns void
language plpgsql set search_path = '' as $$
declare
  -- First the lock, then the count, or two at once would each fit into what is left.
  workshop public.workshops := private.lock_workshop(p_workshop);
  used jsonb := private.calls_used(p_workshop);
begin
  if (used ->> 'calls_used')::integer + p_new_calls > workshop.max_calls then
    perform private.fail('PT403', format(
      'This workshop may make %s model calls; %s are used or waiting, so %s more do not fit. The facilitator can raise the limit in the console.',
      workshop.max_calls, used ->> 'calls_used', p_new_calls));
  end if;
  if private.cost_is_reached(used, workshop.max_cost_usd) then
    perform private.fail('PT403', format(
      'The cost limit of %s US dollars is reached. The facilitator can raise it in the console.', workshop.max_cost_usd));
  end if;
end
$$;

create function private.run_json(r public.runs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('run_id', r.id, 'asked_by', r.asked_by, 'asked_by_name', private.name_of(r.asked_by),
    'status', case when r.stopped_at is not null then 'stopped' when cells.waiting = 0 then 'finished'
      when r.pause_reason is not null then 'paused' else 'active' end,
    'pause_reason', r.pause_reason, 'is_question', r.is_question, 'model', r.model, 'samples', r.samples, 'is_shared', r.shared_at is not null,
    'created_at', r.created_at, 'cell_count', cells.total, 'done_count', cells.done, 'failed_count', cells.failed,
    'waiting_count', cells.waiting, 'stopped_count', cells.stopped)
  from (select count(*) as total, count(*) filter (where status = 'done') as done,
               count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'waiting') as waiting,
               count(*) filter (where status = 'stopped') as stopped
          from public.responses where run_id = r.id) cells
$$;

-- versions: a version's id, null for the baseline, or "current" for the text as it stands, frozen as a snapshot.
create function public.start_run(
  p_workshop uuid, p_token_hash text, p_run uuid, p_versions jsonb, p_scenarios jsonb, p_model text, p_api_base text,
  p_samples integer, p_params jsonb, p_is_shared boolean, p_is_question boolean
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs;
  cell_count bigint;
  chosen uuid[];
begin
  perform private.check_given('The run''s id', p_run is not null);
  perform private.lock_workshop(p_workshop);
  select * into run from public.runs where id = p_run and workshop_id = p_workshop and asked_by = me.id;
  if run.id is not null then
    return private.run_json(run);
  end if;
  perform private.check_list('The versions', p_versions, 2000);
  perform private.check_list('The scenarios', p_scenarios, 2000, 'string');
  perform private.check_text('The model''s name', p_model, 200);
  perform private.check_text('The model''s address', p_api_base, 500, false);
  if p_params is null or jsonb_typeof(p_params) <> 'object' or length(p_params::text) > 2000 then
    perform private.fail('PT400', 'The model''s parameters must be named values of at most 2000 characters.');
  end if;
  perform private.check_given('The number of samples', p_samples is not null);
  cell_count := jsonb_array_length(p_versions)::bigint * jsonb_array_length(p_scenarios) * p_samples;
  if cell_count = 0 then
    perform private.fail('PT400', 'Choose at least one scenario, and at least one version or the baseline.');
  end if;
  if p_samples not between 1 and 20 or cell_count > 2000 then
    perform private.fail('PT400', format('A run takes 1 to 20 samples and at most 2000 calls; this one has %s. Choose less.', cell_count));
  end if;
  perform private.check_limits(p_workshop, cell_count::integer);
  select array_agg(case v when '"current"' then private.freeze_policy(p_workshop, null, null, '', null)
                   else (v #>> '{}')::uuid end order by ordinal)
    into chosen from jsonb_array_elements(p_versions) with ordinality as listed (v, ordinal);
  if exists (select from unnest(chosen) c where c is not null and not exists (
      select from public.policy_versions v where v.id = c and v.workshop_id = p_workshop)) then
    perform private.fail('PT404', 'One of the versions does not exist in this workshop.');
  end if;
  if exists (select from jsonb_array_elements_text(p_scenarios) c where not exists (
      select from public.scenarios s where s.id = c::uuid and s.workshop_id = p_workshop
         and (s.shared_at is not null or (s.made_by = me.id and p_is_shared is not true)))) then
    perform private.fail('PT404', 'One of the scenarios does not exist, or is private. Share it before a run that everyone sees.');
  end if;
  insert into public.runs (id, workshop_id, asked_by, model, api_base, samples, params, is_question, shared_at)
    values (p_run, p_workshop, me.id, p_model, p_api_base, p_samples, p_params, coalesce(p_is_question, false),
            case when p_is_shared then now() end)
  returning * into run;
  -- Policy by policy, so that a model with a prompt cache reads each policy once.
  insert into public.responses (run_id, workshop_id, version_id, scenario_id, position, sample, seed)
    select p_run, p_workshop, c.version, s.scenario::uuid,
           row_number() over (order by c.ordinal, s.ordinal, sample), sample,
           ('x' || substr(md5(s.scenario || '/' || sample), 1, 7))::bit(28)::integer
      from unnest(chosen) with ordinality as c (version, ordinal),
           jsonb_array_elements_text(p_scenarios) with ordinality as s (scenario, ordinal),
           generate_series(1, p_samples) sample;
  perform private.bump(p_workshop);
  return private.run_json(run);
end
$$;

create function private.own_run(p_workshop uuid, p_run uuid, me public.people) returns public.runs
language plpgsql stable set search_path = '' as $$
declare
  run public.runs;
begin
  select * into run from public.runs
   where id = p_run and workshop_id = p_workshop
     and (asked_by = me.id or (me.role = 'facilitator' and shared_at is not null));
  if run.id is null then
    perform private.fail('PT403', 'Only the person who started a run, or the facilitator for a shared one, can do this.');
  end if;
  return run;
end
$$;

-- Calls are made on behalf of who asked for them, and for a removed person none is made.
create function private.check_asker(p_person uuid) returns void
language plpgsql set search_path = '' as $$
begin
  if exists (select from public.people where id = p_person and removed_at is not null) then
    perform private.fail('PT403', 'The person who started this run was removed from the workshop. Start a run of your own.');
  end if;
end
$$;

create function public.stop_run(p_workshop uuid, p_token_hash text, p_run uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs := private.own_run(p_workshop, p_run, me);
begin
  perform from public.runs where id = run.id for no key update;
  update public.responses set status = 'stopped' where run_id = run.id and status = 'waiting';
  if found then
    update public.runs set stopped_at = now() where id = run.id returning * into run;
    perform private.bump(p_workshop);
  end if;
  return private.run_json(run);
end
$$;

create function public.resume_run(p_workshop uuid, p_token_hash text, p_run uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs := private.own_run(p_workshop, p_run, me);
begin
  perform private.check_asker(run.asked_by);
  perform private.lock_workshop(p_workshop);
  select * into run from public.runs where id = run.id for no key update;
  perform private.check_limits(p_workshop,
    (select count(*)::integer from public.responses where run_id = run.id and status = 'stopped'));
  -- The cells of a run that goes on are with a process that answers them: taking those away would ask twice.
  update public.responses set status = 'waiting', claimed_by = null
   where run_id = run.id and (status = 'stopped' or (status = 'waiting' and run.pause_reason is not null));
  update public.runs set stopped_at = null, pause_reason = null where id = run.id returning * into run;
  perform private.bump(p_workshop);
  return private.run_json(run);
end
$$;

create function public.retry_response(p_workshop uuid, p_token_hash text, p_response uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs;
  failed public.responses;
begin
  perform private.check_limits(p_workshop, 1);
  select ru.* into run from public.runs ru join public.responses r on r.run_id = ru.id
   where r.id = p_response and r.workshop_id = p_workshop and (ru.asked_by = me.id or ru.shared_at is not null)
     for no key update of ru;
  select * into failed from public.responses
   where id = p_response and run_id = run.id and status in ('failed', 'stopped') for no key update;
  if failed.id is null then
    perform private.fail('PT409', 'This call is not waiting for a retry any more. Reload to see its answer.');
  end if;
  perform private.check_asker(run.asked_by);
  update public.workshops set forgotten_cost_usd = forgotten_cost_usd + coalesce(failed.cost_usd, 0) where id = p_workshop;
  update public.responses set status = 'waiting', error = null, claimed_by = null, finished_at = null, cost_usd = null,
    attempts = attempts + (failed.status = 'failed')::integer
   where id = p_response;
  update public.runs set stopped_at = null, pause_reason = null where id = run.id;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

create function public.share_run(p_workshop uuid, p_token_hash text, p_run uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  run public.runs;
begin
  perform private.lock_workshop(p_workshop);
  update public.runs set shared_at = coalesce(shared_at, now())
   where id = p_run and workshop_id = p_workshop and asked_by = me.id returning * into run;
  if run.id is null then
    perform private.fail('PT403', 'Only the person who asked can share these responses.');
  end if;
  perform private.share_scenarios(p_workshop, array(
    select distinct s.id from public.responses r join public.scenarios s on s.id = r.scenario_id
     where r.run_id = p_run and s.shared_at is null and s.made_by = me.id));
  perform private.bump(p_workshop);
  return private.run_json(run);
end
$$;

create function public.read_runs(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((select jsonb_agg(private.run_json(r) order by r.created_at desc) from public.runs r
   where r.workshop_id = p_workshop and (r.shared_at is not null or r.asked_by = me.id)), '[]'::jsonb);
end
$$;

create function private.response_json(r public.responses, ru public.runs, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('response_id', r.id, 'run_id', r.run_id, 'version_id', r.version_id,
    'version_number', (select v.number from public.policy_versions v where v.id = r.version_id),
    'scenario_id', r.scenario_id, 'model', ru.model, 'sample', r.sample, 'seed', r.seed, 'params', ru.params,
    'status', r.status,
    'text', case when r.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else r.text end,
    'error', r.error, 'prompt_hash', r.prompt_hash, 'prompt_tokens', r.prompt_tokens,
    'completion_tokens', r.completion_tokens, 'cost_usd', r.cost_usd, 'latency_s', r.latency_s, 'attempts', r.attempts,
    'finished_at', r.finished_at, 'is_shared', ru.shared_at is not null, 'is_hidden', r.hidden_at is not null,
    'asked_by', ru.asked_by, 'asked_by_name', private.name_of(ru.asked_by))
$$;

create function public.read_responses(p_workshop uuid, p_token_hash text, p_scenario uuid default null, p_run uuid default null)
returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((
    select jsonb_agg(private.response_json(r, ru, me.role) order by ru.created_at, r.position)
    from public.responses r join public.runs ru on ru.id = r.run_id
    where r.workshop_id = p_workshop and (ru.shared_at is not null or ru.asked_by = me.id)
      and (p_scenario is null or r.scenario_id = p_scenario) and (p_run is null or r.run_id = p_run)), '[]'::jsonb);
end
$$;

create function public.set_mark(p_workshop uuid, p_token_hash text, p_response uuid, p_clause uuid, p_value text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant');
begin
  if not exists (select from public.responses r join public.runs ru on ru.id = r.run_id
      where r.id = p_response and r.workshop_id = p_workshop and r.status = 'done'
        and (ru.shared_at is not null or ru.asked_by = me.id))
     or not exists (select from public.clauses c where c.id = p_clause and c.workshop_id = p_workshop) then
    perform private.fail('PT404', 'This response or clause does not exist, or is not shared with you.');
  end if;
  if p_value is null then
    delete from public.marks where response_id = p_response and clause_id = p_clause and person_id = me.id;
  elsif p_value not in ('followed', 'violated', 'not_concerned') then
    perform private.fail('PT400', 'A mark is followed, violated or did not concern.');
  else
    insert into public.marks (response_id, clause_id, person_id, workshop_id, value)
      values (p_response, p_clause, me.id, p_workshop, p_value)
      on conflict (response_id, clause_id, person_id) do update set value = excluded.value, at = clock_timestamp();
  end if;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

-- A mark made on an item since it went to the vote is shown to nobody but its maker, with the link it was made with, until the
-- round is revealed.
create function private.is_under_vote(m public.marks) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from public.round_items i join public.rounds r on r.id = i.round_id
    where r.workshop_id = m.workshop_id and r.status <> 'revealed' and m.at >= r.opened_at
      and ((i.kind = 'response' and i.response_id = m.response_id) or (i.kind = 'clause' and i.clause_id = m.clause_id)))
$$;

create function public.read_marks(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('response_id', m.response_id, 'clause_id', m.clause_id, 'person_id', m.person_id,
      'person_name', private.name_of(m.person_id), 'value', m.value, 'at', m.at) order by m.at)
    from public.marks m join public.responses r on r.id = m.response_id join public.runs ru on ru.id = r.run_id
      join public.people p on p.id = m.person_id
    where m.workshop_id = p_workshop and p.removed_at is null and (ru.shared_at is not null or ru.asked_by = me.id)
      and (m.person_id = me.id and m.at >= private.link_since(me.id) or not private.is_under_vote(m))), '[]'::jsonb);
end
$$;

-- As the server: hand waiting cells to the process that asks, unless a living process has them.
create function public.claim_cells(p_process text, p_limit integer, p_stale_s double precision) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  claimed uuid[];
  workshop uuid;
begin
  perform private.check_text('The process', p_process, 200);
  insert into public.processes (process, seen_at) values (p_process, clock_timestamp())
    on conflict (process) do update set seen_at = excluded.seen_at;
  for workshop in
    select w.id from public.workshops w
     where w.id in (select ru.workshop_id from public.responses r join public.runs ru on ru.id = r.run_id
                     where r.status = 'waiting' and ru.stopped_at is null and ru.pause_reason is null)
       and private.cost_is_reached(private.calls_used(w.id), w.max_cost_usd)
     order by w.id
  loop
    update public.runs ru set pause_reason = 'The cost limit is reached. Raise it in the console, then resume.'
     where ru.workshop_id = workshop and ru.stopped_at is null and ru.pause_reason is null
       and exists (select from public.responses r where r.run_id = ru.id and r.status = 'waiting');
    if found then
      perform private.bump(workshop);
    end if;
  end loop;
  with free as (
    select r.id from public.responses r join public.runs ru on ru.id = r.run_id
      join public.people asker on asker.id = ru.asked_by and asker.removed_at is null
     where r.status = 'waiting' and ru.stopped_at is null and ru.pause_reason is null
       and (r.claimed_by is null or (r.claimed_by <> p_process and not exists (
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

create function public.heartbeat(p_process text, p_runs jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.check_text('The process', p_process, 200);
  perform private.check_list('The runs', p_runs, 100000, 'string');
  insert into public.processes (process, seen_at) values (p_process, clock_timestamp())
    on conflict (process) do update set seen_at = excluded.seen_at;
  delete from public.processes where seen_at < clock_timestamp() - interval '1 day';
  return jsonb_build_object('stopped', coalesce((
    select jsonb_agg(given.run) from jsonb_array_elements_text(p_runs) as given (run)
     where not exists (select from public.runs r where r.id = given.run::uuid and r.stopped_at is null
                          and r.pause_reason is null)), '[]'::jsonb));
end
$$;

-- A finished answer is stored even if its run was stopped meanwhile: the call was made and paid for.
create function public.store_response(p_process text, p_response uuid, p_result jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop uuid;
  failure text;
begin
  if p_result is null or jsonb_typeof(p_result) <> 'object' then
    perform private.fail('PT400', 'A result names at least its text or its error.');
  end if;
  failure := left(coalesce(p_result ->> 'error', case when p_result ->> 'text' is null then 'The model gave no answer.' end), 2000);
  update public.responses r set
    status = case when failure is null then 'done' else 'failed' end,
    text = p_result ->> 'text', error = failure, prompt_hash = p_result ->> 'prompt_hash',
    prompt_tokens = (p_result ->> 'prompt_tokens')::integer, completion_tokens = (p_result ->> 'completion_tokens')::integer,
    cost_usd = (p_result ->> 'cost_usd')::double precision, latency_s = (p_result ->> 'latency_s')::double precision,
    finished_at = clock_timestamp(), claimed_by = p_process
   where r.id = p_response
     and (r.status = 'waiting' or (r.status = 'stopped' and failure is null))
     and not exists (select from public.runs ru join public.people p on p.id = ru.asked_by
                      where ru.id = r.run_id and p.removed_at is not null)
  returning r.workshop_id into workshop;
  if workshop is not null then
    perform private.bump(workshop);
  end if;
  return jsonb_build_object('stored', workshop is not null);
end
$$;

create function public.pause_run(p_process text, p_run uuid, p_reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop uuid;
begin
  perform private.check_text('The reason', p_reason, 2000);
  update public.runs set pause_reason = left(p_reason, 500)
   where id = p_run and stopped_at is null and pause_reason is distinct from left(p_reason, 500)
  returning workshop_id into workshop;
  update public.responses set claimed_by = null where run_id = p_run and status = 'waiting';
  if workshop is not null then
    perform private.bump(workshop);
  end if;
  return '{}'::jsonb;
end
$$;
