-- Acts that are done once, however often they arrive, and answers of a model that belong to the claim they were asked under.

-- What was done under a request, for an hour. `act` is a digest of the request, the function and all its arguments. The
-- request's id is random and kept nowhere, so a row tells nobody who did what or where, and
-- nothing in it would have to go with a person, a text or a workshop.
create table private.acts (
  act text primary key,
  at timestamptz not null default clock_timestamp()
);
create index acts_at on private.acts (at);
alter table private.acts enable row level security;
revoke all on table private.acts from public, anon, authenticated, service_role;

create function private.forget_old_acts() returns void
language sql set search_path = '' as $$
  delete from private.acts where act in (
    select old.act from private.acts old where old.at < clock_timestamp() - interval '1 hour' for update skip locked)
$$;

-- An argument that is misspelt or left out would otherwise count as null, and null means something to most functions.
create function private.check_arguments(p_function text, p_arguments jsonb) returns void
language plpgsql stable set search_path = '' as $$
declare
  known text[];
  needed text[];
  wrong text;
begin
  if p_arguments is null or jsonb_typeof(p_arguments) <> 'object' then
    perform private.fail('PT400', 'The arguments must be named.');
  end if;
  select p.proargnames, p.proargnames[:p.pronargs - p.pronargdefaults] into known, needed
    from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = p_function;
  select min(given) into wrong from jsonb_object_keys(p_arguments) given where 'p_' || given <> all (known);
  if wrong is not null then
    perform private.fail('PT400', format('%s takes no %s.', p_function, left(wrong, 60)));
  end if;
  select min(name) into wrong from unnest(needed) name where not p_arguments ? substr(name, 3);
  if wrong is not null then
    perform private.fail('PT400', format('%s lacks its %s.', p_function, substr(wrong, 3)));
  end if;
end
$$;

-- An act that another's act may undo is sent through here. When its answer was lost and it is sent again under the same
-- request, nothing is done. Both times the answer is that it is done: {}. A request that was refused is not remembered.
-- p_arguments: those of the function by name, without p_.
create function public.once(p_request uuid, p_function text, p_arguments jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  a jsonb := p_arguments;
  workshop uuid;
  token text;
  given jsonb;
begin
  perform private.check_given('The request''s id', p_request is not null);
  perform private.check_arguments(p_function, p_arguments);
  -- The same act a moment earlier may still be under way: this waits for its end.
  insert into private.acts (act)
    values (encode(sha256(convert_to(concat(p_request, ' ', p_function, ' ', p_arguments), 'UTF8')), 'hex'))
    on conflict do nothing;
  if not found then
    return '{}'::jsonb;
  end if;
  workshop := (a ->> 'workshop')::uuid;
  token := a ->> 'token_hash';
  given := case p_function
    when 'ask_back' then public.ask_back(a ->> 'join_code', a ->> 'name')
    when 'set_workshop' then public.set_workshop(workshop, token, a -> 'changes')
    when 'change_person' then public.change_person(workshop, token, (a ->> 'person')::uuid, a -> 'changes')
    when 'hide_text' then
      public.hide_text(workshop, token, a ->> 'kind', (a ->> 'id')::uuid, (a ->> 'is_hidden')::boolean)
    when 'reissue_link' then public.reissue_link(workshop, a ->> 'role', token)
    when 'withdraw_scenario' then
      public.withdraw_scenario(workshop, token, (a ->> 'scenario')::uuid, (a ->> 'is_withdrawn')::boolean)
    when 'set_mark' then
      public.set_mark(workshop, token, (a ->> 'response')::uuid, (a ->> 'clause')::uuid, a ->> 'value')
    when 'stop_run' then public.stop_run(workshop, token, (a ->> 'run')::uuid)
    when 'resume_run' then public.resume_run(workshop, token, (a ->> 'run')::uuid)
    when 'resume_paused' then public.resume_paused(workshop, token, a ->> 'model', a ->> 'api_base')
    when 'retry_response' then public.retry_response(workshop, token, (a ->> 'response')::uuid)
    when 'pause_run' then public.pause_run(a ->> 'process', (a ->> 'run')::uuid, a ->> 'reason')
  end;
  if given is null then
    perform private.fail('PT400', format('%s is not done under a request.', left(p_function, 60)));
  end if;
  perform private.forget_old_acts();
  return '{}'::jsonb;
end
$$;

alter table public.responses add column claim uuid;

-- As the server: hand waiting cells to the process that asks, unless a living process has them. A cell that the process
-- claimed and does not hold was lost with an answer on its way, and is handed out again. p_held: the response ids that it
-- holds, null if it cannot tell. p_lacks: the runs whose key it has not: they are left to the others, if others live. Each
-- claim has an id of its own, which comes back with the answer. Every server asks all the time, so here old acts go too.
create or replace function public.claim_cells(
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
  perform private.forget_old_acts();
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
  taken as (update public.responses r set claimed_by = p_process, claim = gen_random_uuid()
      from free where r.id = free.id returning r.id)
  select array_agg(id) into claimed from taken;
  return coalesce((
    select jsonb_agg(jsonb_build_object('response_id', r.id, 'run_id', r.run_id, 'workshop_id', r.workshop_id,
      'policy_text', (select v.text from public.policy_versions v where v.id = r.version_id),
      'turns', s.turns, 'model', ru.model, 'api_base', ru.api_base, 'params', ru.params, 'seed', r.seed,
      'is_question', ru.is_question, 'claim', r.claim) order by ru.is_question desc, ru.created_at, r.position)
    from public.responses r join public.runs ru on ru.id = r.run_id join public.scenarios s on s.id = r.scenario_id
    where r.id = any (claimed)), '[]'::jsonb);
end
$$;

-- The first answer is stored, even if its run was stopped meanwhile or the cell was handed to another process: the call was
-- made and paid for. A failure counts only under the claim it came of, so that it ends no later attempt; servers older than
-- this file name none.
drop function public.store_response(text, uuid, jsonb);
create function public.store_response(p_process text, p_response uuid, p_result jsonb, p_claim uuid default null)
returns jsonb
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
     and case when failure is null then r.status in ('waiting', 'stopped')
           else r.status = 'waiting' and r.claimed_by = p_process and (p_claim is null or r.claim = p_claim) end
     and not exists (select from public.runs ru join public.people p on p.id = ru.asked_by
                      where ru.id = r.run_id and p.removed_at is not null)
  returning r.workshop_id into workshop;
  if workshop is not null then
    perform private.bump(workshop);
  end if;
  return jsonb_build_object('stored', workshop is not null);
end
$$;

-- Only as the server, from the command line: a new secret link when the old one is lost. Whatever is being
-- written through the old one ends before, and nothing is written through it after.
create or replace function public.reissue_link(p_workshop uuid, p_role text, p_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  person uuid;
begin
  perform private.check_hash(p_token_hash);
  select id into person from public.people
   where workshop_id = p_workshop and role = p_role and role in ('facilitator', 'organizer') for update;
  if person is null then
    perform private.fail('PT404', 'No such workshop. Check the id.');
  end if;
  delete from public.tokens where person_id = person;
  insert into public.tokens (token_hash, person_id) values (p_token_hash, person);
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

-- The facilitator's own way to the same end; their own link stays alive until they renew it themselves.
create or replace function public.renew_link(p_workshop uuid, p_token_hash text, p_role text, p_new_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  -- Locked as reissue_link does, before the writer's lighter lock: two who renew at once would wait for each other.
  perform from public.people p
    where p.workshop_id = p_workshop and p.role = p_role and p.role in ('facilitator', 'organizer') for update;
  perform private.writer(p_workshop, p_token_hash, 'facilitator');
  return public.reissue_link(p_workshop, p_role, p_new_token_hash);
end
$$;

-- A vote that was stored is counted, also when it is sent again after the round has closed.
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
  if exists (select from public.votes v where v.item_id = p_item and v.person_id = me.id
      and (v.request_id = p_request_id or p_request_id = any (v.earlier_requests))) then
    return '{"ok": true}'::jsonb;
  end if;
  if round.status = 'revealed' and round.anonymity = 'anonymous' and exists (
      select from public.round_voters v where v.round_id = round.id and v.person_id = me.id and v.voted_at is not null) then
    return private.refusal('PT410', 'The round is closed. A vote that arrived before is counted; whose it was can be seen no more.');
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

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
