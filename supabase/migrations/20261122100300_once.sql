-- Acts that are done once, however often they arrive, and answers of a model that belong to the claim they were asked under.

-- What was done under which request, for an hour. `asked` is a digest of the function and its arguments, among them who
-- asked; the answer goes with the token, so that it outlives nobody's leaving.
create table private.requests (
  request uuid primary key,
  asked text not null,
  answer jsonb,
  token_hash text references public.tokens on delete cascade,
  at timestamptz not null default clock_timestamp()
);
create index requests_token on private.requests (token_hash);
create index requests_at on private.requests (at);
alter table private.requests enable row level security;
revoke all on table private.requests from public, anon, authenticated, service_role;

-- An act that another's act may undo is sent through here: when its answer was lost and it is sent again under the same
-- request, nothing is done, and the first answer is given. A request that was refused is not remembered.
-- p_arguments: those of the function by name, without p_.
create function public.once(p_request uuid, p_function text, p_arguments jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  a jsonb := p_arguments;
  workshop uuid;
  token text;
  asker text;
  digest text := encode(sha256(convert_to(concat(p_function, ' ', p_arguments), 'UTF8')), 'hex');
  earlier private.requests;
  given jsonb;
begin
  perform private.check_given('The request''s id', p_request is not null);
  if p_arguments is null or jsonb_typeof(p_arguments) <> 'object' then
    perform private.fail('PT400', 'The arguments must be named.');
  end if;
  -- The same request a moment earlier may still be under way: this waits for its end.
  insert into private.requests (request, asked) values (p_request, digest) on conflict do nothing;
  if not found then
    select * into earlier from private.requests where request = p_request;
    if earlier.asked is distinct from digest then
      perform private.fail('PT409', 'Another act was done under this request already. Reload the page and try again.');
    end if;
    return earlier.answer;
  end if;
  workshop := (a ->> 'workshop')::uuid;
  token := a ->> 'token_hash';
  asker := (select t.token_hash from public.tokens t where t.token_hash = token);
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
  update private.requests set answer = given,
      token_hash = (select t.token_hash from public.tokens t where t.token_hash = asker)
   where request = p_request;
  delete from private.requests where request in (
    select old.request from private.requests old where old.at < clock_timestamp() - interval '1 hour'
      for update skip locked);
  return given;
end
$$;

alter table public.responses add column claim uuid;

-- As the server: hand waiting cells to the process that asks, unless a living process has them. A cell that the process
-- claimed and does not hold was lost with an answer on its way, and is handed out again. p_held: the response ids that it
-- holds, null if it cannot tell. p_lacks: the runs whose key it has not: they are left to the others, if others live. Each
-- claim has an id of its own, which comes back with the answer.
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

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
