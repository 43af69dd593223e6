-- Who is here, on which page and since when idle; a nudge; and participants who lead beside the facilitator.

alter table public.people
  add column page text not null default '',
  add column acted_at timestamptz,
  add column nudged_at timestamptz,
  -- Why, as long as the nudge stands on the person's page; null once it is put away.
  add column nudge_reason text check (nudge_reason in ('idle', 'vote')),
  add column co_facilitator_since timestamptz;

-- Beside their own token, a participant who leads has one that is made of it and opens the facilitator's functions. No link
-- holds it: the server makes it of the person's own cookie (lib/security.py), and it is gone as soon as the right is.
alter table public.tokens add column as_role text check (as_role = 'facilitator');

create function private.leading_hash(p_token_hash text) returns text
language sql immutable set search_path = '' as $$
  select encode(sha256(decode(p_token_hash, 'hex') || decode('666163696c697461746f72', 'hex')), 'hex')
$$;

-- Whoever leads gets a second token for each of their own; whoever does not any more has none left.
create function private.arm(p_person uuid) returns void
language sql set search_path = '' as $$
  delete from public.tokens where person_id = p_person and as_role is not null;
  insert into public.tokens (token_hash, person_id, created_at, as_role)
    select private.leading_hash(t.token_hash), t.person_id, t.created_at, 'facilitator'
      from public.tokens t join public.people p on p.id = t.person_id
     where p.id = p_person and p.co_facilitator_since is not null and p.removed_at is null and p.left_at is null
       and t.as_role is null
$$;

-- The person behind a token, if they may act in one of the roles. Every "as a person" function begins here.
create or replace function private.actor(p_workshop uuid, p_token_hash text, variadic p_roles text[]) returns public.people
language plpgsql stable set search_path = '' as $$
declare
  person public.people;
  acts_as text;
begin
  select p.* into person
    from public.tokens t join public.people p on p.id = t.person_id
   where t.token_hash = p_token_hash and p.workshop_id = p_workshop;
  if person.id is null or person.left_at is not null then
    perform private.fail('PT401',
      'This browser is not signed in to the workshop any more. Join again with the code, or open your personal link.');
  end if;
  if person.removed_at is not null then
    perform private.fail('PT401', 'The facilitator removed you from this workshop. Ask them if you think it is a mistake.');
  end if;
  select t.as_role into acts_as from public.tokens t where t.token_hash = p_token_hash;
  person.role := coalesce(acts_as, person.role);
  if person.role <> all (p_roles) then
    perform private.fail('PT403', format('Only a %s can do this; you are here as %s.',
      array_to_string(p_roles, ' or '), person.role));
  end if;
  return person;
end
$$;

-- What only the facilitator's own link may do: whoever was given the right to lead cannot take it from others, cannot
-- replace or read secret links, and cannot delete the workshop.
create function private.check_has_the_link(me public.people) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.people p where p.id = me.id and p.role = 'facilitator') then
    perform private.fail('PT403', 'Only the facilitator with the secret link can do this, not a co-facilitator.');
  end if;
end
$$;

-- Given and taken by the facilitator with the link; laid down by whoever has it.
create function public.grant_leading(p_workshop uuid, p_token_hash text, p_person uuid, p_is_granted boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people;
  target public.people;
begin
  -- Locked as the function goes on to need it, before the writer's lighter lock on the same row.
  select * into target from public.people where id = p_person and workshop_id = p_workshop for update;
  me := private.writer(p_workshop, p_token_hash, 'facilitator');
  perform private.check_given('Whether the right is given', p_is_granted is not null);
  if p_is_granted or target.id is distinct from me.id then
    perform private.check_has_the_link(me);
  end if;
  if target.id is null or target.role <> 'participant' or target.left_at is not null or target.removed_at is not null then
    perform private.fail('PT404', 'This participant is not in the workshop any more. Reload the list of people.');
  end if;
  if p_is_granted <> (target.co_facilitator_since is not null) then
    update public.people set co_facilitator_since = case when p_is_granted then now() end where id = p_person;
    perform private.arm(p_person);
    perform private.bump(p_workshop);
  end if;
  return '{}'::jsonb;
end
$$;

create or replace function public.change_person(p_workshop uuid, p_token_hash text, p_person uuid, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  target public.people;
begin
  perform private.check_changes(p_changes,
    '{"name": "string", "is_removed": "boolean", "name_is_hidden": "boolean", "token_hash": "string"}');
  -- Nobody who was given the right to lead acts in the name of another who has it, or takes it away with the person. Before
  -- the lock: two such people who change each other would wait for each other.
  if exists (select from public.people where id = p_person and co_facilitator_since is not null) then
    perform private.check_has_the_link(me);
  end if;
  select * into target from public.people
   where id = p_person and workshop_id = p_workshop and left_at is null and role = 'participant' for update;
  if target.id is null then
    perform private.fail('PT404', 'This participant is not in the workshop any more. Reload the list of people.');
  end if;
  if p_changes ? 'name' then perform private.check_name('The name', p_changes ->> 'name'); end if;
  if p_changes ? 'token_hash' then perform private.check_hash(p_changes ->> 'token_hash'); end if;
  begin
    update public.people set
      name = coalesce(private.clean_name(p_changes ->> 'name'), name),
      removed_at = case when p_changes ->> 'is_removed' is not null
        then case when (p_changes ->> 'is_removed')::boolean then coalesce(removed_at, now()) end else removed_at end,
      co_facilitator_since = case when (p_changes ->> 'is_removed')::boolean then null else co_facilitator_since end,
      name_hidden_at = case when p_changes ->> 'name_is_hidden' is not null
        then case when (p_changes ->> 'name_is_hidden')::boolean then coalesce(name_hidden_at, now()) end else name_hidden_at end
    where id = p_person;
  exception when unique_violation then
    perform private.fail('PT409', 'Another participant has this name. Choose a different one.');
  end;
  if (p_changes ->> 'is_removed')::boolean then
    -- Their work stops with them: nothing that still waits for a model is sent on their behalf.
    perform private.stop_runs_of(p_person);
  end if;
  if p_changes ? 'token_hash' then
    delete from public.tokens where person_id = p_person;
    insert into public.tokens (token_hash, person_id) values (p_changes ->> 'token_hash', p_person);
    update public.people set wants_back_at = null where id = p_person;
  end if;
  perform private.arm(p_person);
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

create or replace function public.delete_workshop(p_workshop uuid, p_token_hash text, p_title text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
begin
  perform private.check_has_the_link(me);
  if btrim(p_title, E' \t\n\r') is distinct from (select btrim(title, E' \t\n\r') from public.workshops where id = p_workshop) then
    perform private.fail('PT400', 'The title does not match. Type it exactly as it stands to delete the workshop.');
  end if;
  delete from public.workshops where id = p_workshop;
  return '{}'::jsonb;
end
$$;

create or replace function public.renew_link(p_workshop uuid, p_token_hash text, p_role text, p_new_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  -- Locked as reissue_link does, before the writer's lighter lock: two who renew at once would wait for each other.
  perform from public.people p
    where p.workshop_id = p_workshop and p.role = p_role and p.role in ('facilitator', 'organizer') for update;
  perform private.check_has_the_link(private.writer(p_workshop, p_token_hash, 'facilitator'));
  return public.reissue_link(p_workshop, p_role, p_new_token_hash);
end
$$;

-- Whether somebody has voted in every open round that they may vote in; null without one. Never what.
create function private.has_voted(p public.people) returns boolean
language sql stable set search_path = '' as $$
  select bool_and(v.voted_at is not null) from public.round_voters v join public.rounds r on r.id = v.round_id
   where v.person_id = p.id and r.status = 'open'
$$;

-- As one's own page shows it: a nudge to vote is done with once one has voted.
create function private.nudge_json(me public.people) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('reason', me.nudge_reason, 'at', me.nudged_at)
   where me.nudge_reason = 'idle' or (me.nudge_reason = 'vote' and private.has_voted(me) is false)
$$;

create or replace function private.person_json(p public.people) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('person_id', p.id, 'role', p.role, 'name', p.name,
    'is_removed', p.removed_at is not null, 'name_is_hidden', p.name_hidden_at is not null,
    'last_seen_at', p.last_seen_at, 'wants_back_at', p.wants_back_at, 'page', p.page, 'acted_at', p.acted_at,
    'nudged_at', p.nudged_at, 'nudged_for', private.nudge_json(p) ->> 'reason', 'has_voted', private.has_voted(p), 'is_co_facilitator', p.co_facilitator_since is not null)
$$;

create or replace function public.read_people(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((
    select jsonb_agg(case when me.role = 'facilitator' then private.person_json(p)
      else jsonb_build_object('person_id', p.id, 'role', p.role, 'name', private.name_of(p.id),
        'is_removed', p.removed_at is not null, 'name_is_hidden', p.name_hidden_at is not null,
        'is_co_facilitator', p.co_facilitator_since is not null) end order by p.joined_at, p.id)
    from public.people p
    where p.workshop_id = p_workshop and p.role = 'participant' and p.left_at is null), '[]'::jsonb);
end
$$;

-- Presence. It does not bump the rev, or thirty people would invalidate every cache every few seconds.
-- p_people: [{workshop, token_hash, page, idle_s}]; the last two may be missing. Of several pages of one person the one in
-- which they did something last is theirs.
create or replace function public.touch_people(p_people jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  person record;
  present uuid[];
  changed uuid[] := '{}';
  workshop uuid;
begin
  perform private.check_list('The people', p_people, 100000, 'object');
  -- In one order everywhere, so that two processes never wait for each other.
  select array_agg(locked.id) into present from (
    select p.id from public.people p
     where p.removed_at is null and p.left_at is null and (p.id, p.workshop_id) in (
       select t.person_id, given.workshop from jsonb_to_recordset(p_people) as given (workshop uuid, token_hash text)
         join public.tokens t on t.token_hash = given.token_hash)
     order by p.id for no key update) locked;
  update public.people p set last_seen_at = now(),
      page = coalesce(left(seen.page, 20), p.page),
      acted_at = case when seen.idle_s is null then p.acted_at
        else greatest(p.acted_at, now() - make_interval(secs => least(greatest(seen.idle_s, 0), 86400))) end
    from (
      select distinct on (t.person_id) t.person_id, given.page, given.idle_s
        from jsonb_to_recordset(p_people) as given (workshop uuid, token_hash text, page text, idle_s double precision)
          join public.tokens t on t.token_hash = given.token_hash
       order by t.person_id, given.idle_s nulls last) seen
   where p.id = seen.person_id and p.id = any (present);
  for person in select id, workshop_id from public.people where id = any (present) and role = 'participant' order by id loop
    if private.join_open_rounds(person.workshop_id, person.id) > 0 then
      changed := changed || person.workshop_id;
    end if;
  end loop;
  for workshop in select distinct c from unnest(changed) c order by c loop
    perform private.bump(workshop, 'people');
  end loop;
  return '{}'::jsonb;
end
$$;

-- A quiet line on these people's pages, until they put it away; each at most once a minute. Whoever has voted meanwhile is
-- not asked to vote. Gives how many it reached.
create function public.nudge_people(p_workshop uuid, p_token_hash text, p_people jsonb, p_reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  reached uuid[];
begin
  perform private.check_list('The people', p_people, 2000, 'string');
  if p_reason is null or p_reason not in ('idle', 'vote') then
    perform private.fail('PT400', 'People are nudged because they are idle, or because they have not voted.');
  end if;
  reached := array(
    select p.id from public.people p
     where p.workshop_id = p_workshop and p.role = 'participant' and p.removed_at is null and p.left_at is null
       and p_people ? p.id::text and coalesce(p.nudged_at <= now() - interval '1 minute', true)
       and (p_reason = 'idle' or private.has_voted(p) is false)
     order by p.id for no key update);
  update public.people set nudged_at = now(), nudge_reason = p_reason where id = any (reached);
  if found then
    perform private.bump(p_workshop, 'call');
  end if;
  return jsonb_build_object('nudged', coalesce(cardinality(reached), 0));
end
$$;

-- Takes the line from these people's pages again, whatever it asked of them. The minute in which nobody is nudged again stays.
create function public.take_back_nudges(p_workshop uuid, p_token_hash text, p_people jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  nudged uuid[];
begin
  perform private.check_list('The people', p_people, 2000, 'string');
  nudged := array(
    select p.id from public.people p
     where p.workshop_id = p_workshop and p_people ? p.id::text and p.nudge_reason is not null
     order by p.id for no key update);
  update public.people set nudge_reason = null where id = any (nudged);
  if found then
    perform private.bump(p_workshop, 'call');
  end if;
  return '{}'::jsonb;
end
$$;

create function public.put_away_nudge(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
begin
  update public.people set nudge_reason = null where id = me.id and nudge_reason is not null;
  if found then
    perform private.bump(p_workshop, 'people');
  end if;
  return '{}'::jsonb;
end
$$;

-- The run that another who leads began for everyone a moment ago, and that asks the same. Whoever wants it once more asks later.
create function private.begun_by_another(
  me public.people, p_model text, p_api_base text, p_samples integer, p_params jsonb, p_versions uuid[], p_scenarios jsonb
) returns public.runs
language sql stable set search_path = '' as $$
  select r.* from public.runs r join public.people asker on asker.id = r.asked_by
   where me.role = 'facilitator' and r.workshop_id = me.workshop_id and asker.id <> me.id
     and (asker.role = 'facilitator' or asker.co_facilitator_since is not null)
     and r.shared_at is not null and r.stopped_at is null and not r.is_question
     and r.created_at > clock_timestamp() - interval '10 seconds'
     and (r.model, r.samples, r.params) = (p_model, p_samples, p_params) and r.api_base is not distinct from p_api_base
     and array(select distinct c.version_id from public.responses c where c.run_id = r.id order by c.version_id)
       = array(select distinct v from unnest(p_versions) v order by v)
     and array(select distinct c.scenario_id from public.responses c where c.run_id = r.id order by c.scenario_id)
       = array(select distinct s::uuid from jsonb_array_elements_text(p_scenarios) s order by s::uuid)
   order by r.created_at desc limit 1
$$;

-- versions: a version's id, null for the baseline, or "current" for the text as it stands, frozen as a snapshot. Of two who lead
-- and press at once the second gets the first one's run.
create or replace function public.start_run(
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
  run := private.begun_by_another(me, p_model, p_api_base, p_samples, p_params, chosen, p_scenarios);
  if run.id is not null and p_is_shared and p_is_question is not true then
    return private.run_json(run);
  end if;
  perform private.check_limits(p_workshop, cell_count::integer);
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
  perform private.bump(p_workshop, 'test');
  return private.run_json(run);
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
