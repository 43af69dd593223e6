-- Workshops, people, and what each of them may do. Every function returns one jsonb and checks its caller itself.

create function private.fail(p_state text, p_message text, p_detail text default null) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = p_state, message = p_message, detail = coalesce(p_detail, '');
end
$$;

create function private.check_text(p_what text, p_text text, p_max integer, p_required boolean default true) returns void
language plpgsql set search_path = '' as $$
begin
  -- Every blank of Unicode by number: what \s means beyond ASCII depends on the database's locale.
  if p_required and coalesce(p_text, '') !~ '[^\s\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]' then
    perform private.fail('PT400', p_what || ' is empty. Write something first.');
  end if;
  if length(p_text) > p_max then
    perform private.fail('PT400', format('%s has %s characters; at most %s fit. Shorten it and try again.',
      p_what, length(p_text), p_max));
  end if;
end
$$;

create function private.check_given(p_what text, p_is_given boolean) returns void
language plpgsql set search_path = '' as $$
begin
  if p_is_given is not true then
    perform private.fail('PT400', p_what || ' is missing. Reload the page and try again.');
  end if;
end
$$;

create function private.check_list(p_what text, p_list jsonb, p_max integer, p_kind text default null) returns void
language plpgsql set search_path = '' as $$
begin
  if p_list is null or jsonb_typeof(p_list) <> 'array' then
    perform private.fail('PT400', p_what || ' must be a list.');
  end if;
  if jsonb_array_length(p_list) > p_max then
    perform private.fail('PT400', format('%s: %s are too many; at most %s fit.', p_what, jsonb_array_length(p_list), p_max));
  end if;
  if exists (select from jsonb_array_elements(p_list) element where jsonb_typeof(element) <> p_kind) then
    perform private.fail('PT400', format('%s: one is no %s.', p_what, p_kind));
  end if;
end
$$;

create function private.check_hash(p_hash text) returns void
language plpgsql set search_path = '' as $$
begin
  if p_hash is null or p_hash !~ '^[0-9a-f]{64}$' then
    perform private.fail('PT400', 'A link''s secret is stored as a SHA-256 in hex only; this is none.');
  end if;
end
$$;

create function private.check_limit(p_what text, p_value double precision, p_max double precision) returns void
language plpgsql set search_path = '' as $$
begin
  if p_value is null or not p_value between 0 and p_max then
    perform private.fail('PT400', format('%s must be between 0 and %s.', p_what, p_max));
  end if;
end
$$;

create function private.clean_name(p_name text) returns text
language sql immutable set search_path = '' as $$
  select btrim(regexp_replace(p_name, '[\s\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+', ' ', 'g'))
$$;

create function private.clean_code(p_code text) returns text
language plpgsql set search_path = '' as $$
declare
  code text := upper(btrim(coalesce(p_code, '')));
begin
  if code !~ '^[A-Z0-9-]{4,40}$' then
    perform private.fail('PT400', 'A join code has 4 to 40 letters and digits.');
  end if;
  return code;
end
$$;

-- Names that the pages use themselves would put somebody else's face on a person's words.
create function private.check_name(p_what text, p_name text) returns void
language plpgsql set search_path = '' as $$
begin
  perform private.check_text(p_what, p_name, 60);
  if lower(private.clean_name(p_name)) in ('facilitator', 'organizer', 'name hidden', 'a former participant') then
    perform private.fail('PT400', format('The name “%s” is one that Folkmoot itself uses. Choose another.', private.clean_name(p_name)));
  end if;
end
$$;

-- Every function locks in one order, so that no two wait for each other: people, workshop, runs, responses, rounds, rev.
create function private.lock_workshop(p_workshop uuid) returns public.workshops
language sql set search_path = '' as $$
  select w.* from public.workshops w where w.id = p_workshop for no key update
$$;

create function private.bump(p_workshop uuid) returns bigint
language sql set search_path = '' as $$
  update public.workshop_revs set rev = rev + 1 where workshop_id = p_workshop returning rev
$$;

-- The person behind a token, if they may act in one of the roles. Every "as a person" function begins here.
create function private.actor(p_workshop uuid, p_token_hash text, variadic p_roles text[]) returns public.people
language plpgsql stable set search_path = '' as $$
declare
  person public.people;
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
  if person.role <> all (p_roles) then
    perform private.fail('PT403', format('Only a %s can do this; you are here as %s.',
      array_to_string(p_roles, ' or '), person.role));
  end if;
  return person;
end
$$;

-- The same for functions that write: whoever leaves or is removed meanwhile writes nothing more.
create function private.writer(p_workshop uuid, p_token_hash text, variadic p_roles text[]) returns public.people
language plpgsql set search_path = '' as $$
begin
  perform from public.tokens t join public.people p on p.id = t.person_id
    where t.token_hash = p_token_hash and p.workshop_id = p_workshop for key share of p;
  return private.actor(p_workshop, p_token_hash, variadic p_roles);
end
$$;

create function private.name_of(p_person uuid) returns text
language sql stable set search_path = '' as $$
  select coalesce(
    (select case when p.name_hidden_at is not null then 'name hidden' else p.name end
       from public.people p where p.id = p_person), 'a former participant')
$$;

create function private.person_json(p public.people) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('person_id', p.id, 'role', p.role, 'name', p.name,
    'is_removed', p.removed_at is not null, 'name_is_hidden', p.name_hidden_at is not null,
    'last_seen_at', p.last_seen_at, 'wants_back_at', p.wants_back_at)
$$;

create function public.create_workshop(
  p_workshop uuid, p_title text, p_brief text, p_join_code text, p_facilitator_hash text, p_organizer_hash text,
  p_policy_text text, p_clauses jsonb, p_scenarios jsonb, p_max_calls integer, p_max_cost_usd double precision
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  facilitator uuid := gen_random_uuid();
  organizer uuid := gen_random_uuid();
begin
  if exists (select from public.workshops w join public.people p on p.workshop_id = w.id
               join public.tokens t on t.person_id = p.id
              where w.id = p_workshop and t.token_hash = p_facilitator_hash) then
    return jsonb_build_object('workshop_id', p_workshop);
  end if;
  perform private.check_given('The workshop''s id', p_workshop is not null);
  perform private.check_hash(p_facilitator_hash);
  perform private.check_hash(p_organizer_hash);
  perform private.check_text('The title', p_title, 200);
  perform private.check_text('The brief', p_brief, 5000, false);
  perform private.check_list('The scenarios', p_scenarios, 1000, 'object');
  perform private.check_limit('The limit of calls', p_max_calls, 1000000);
  perform private.check_limit('The cost limit', p_max_cost_usd, 1000000);
  if exists (select from public.workshops where join_code = private.clean_code(p_join_code)) then
    perform private.fail('PT409', 'This join code is taken. Try again for another one.');
  end if;
  insert into public.workshops (id, title, brief, join_code, max_calls, max_cost_usd)
    values (p_workshop, btrim(p_title, E' \t\n\r'), coalesce(p_brief, ''), private.clean_code(p_join_code), p_max_calls, p_max_cost_usd);
  insert into public.workshop_revs (workshop_id) values (p_workshop);
  insert into public.people (id, workshop_id, role, name) values
    (facilitator, p_workshop, 'facilitator', 'Facilitator'), (organizer, p_workshop, 'organizer', 'Organizer');
  insert into public.tokens (token_hash, person_id) values
    (p_facilitator_hash, facilitator), (p_organizer_hash, organizer);
  perform private.write_policy(p_workshop, facilitator, p_policy_text, p_clauses, null);
  insert into public.scenarios (id, workshop_id, number, title, turns, made_by, shared_at)
    select (s ->> 'scenario_id')::uuid, p_workshop, ordinal, private.checked_title(s ->> 'title'),
           private.checked_turns(s -> 'turns'), facilitator, now()
      from jsonb_array_elements(p_scenarios) with ordinality as given (s, ordinal);
  update public.workshops set next_scenario_number = jsonb_array_length(p_scenarios) + 1 where id = p_workshop;
  return jsonb_build_object('workshop_id', p_workshop);
end
$$;

create function public.find_workshop(p_join_code text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  found_workshop public.workshops;
begin
  select * into found_workshop from public.workshops where join_code = upper(btrim(p_join_code));
  if found_workshop.id is null then
    perform private.fail('PT404', 'No workshop has this code. Check it with the facilitator; it may have been renewed.');
  end if;
  return jsonb_build_object('workshop_id', found_workshop.id, 'title', found_workshop.title,
    'brief', found_workshop.brief, 'code_is_open', found_workshop.code_is_open, 'model', found_workshop.model,
    'api_base', found_workshop.api_base);
end
$$;

-- Everyone who arrives while a round is open may vote in it.
create function private.join_open_rounds(p_workshop uuid, p_person uuid) returns integer
language plpgsql set search_path = '' as $$
declare
  added integer;
begin
  insert into public.round_voters (round_id, person_id)
    select r.id, p_person from public.rounds r where r.workshop_id = p_workshop and r.status = 'open'
    on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;

create function public.join_workshop(p_join_code text, p_person uuid, p_name text, p_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop public.workshops;
  person public.people;
begin
  select p.* into person from public.people p join public.tokens t on t.person_id = p.id
   where p.id = p_person and t.token_hash = p_token_hash;
  if person.id is not null then
    return jsonb_build_object('workshop_id', person.workshop_id, 'person_id', person.id, 'name', person.name);
  end if;
  select * into workshop from public.workshops where join_code = upper(btrim(p_join_code));
  if workshop.id is null then
    perform private.fail('PT404', 'No workshop has this code. Check it with the facilitator; it may have been renewed.');
  end if;
  if not workshop.code_is_open then
    perform private.fail('PT403', 'This workshop takes no new people at the moment. Ask the facilitator to open the code.');
  end if;
  if (select count(*) from public.people where workshop_id = workshop.id and removed_at is null and left_at is null) >= 2000 then
    perform private.fail('PT403', 'This workshop is full: 2000 people are in it. Ask the facilitator.');
  end if;
  perform private.check_name('Your name', p_name);
  perform private.check_given('Your id', p_person is not null);
  perform private.check_hash(p_token_hash);
  begin
    insert into public.people (id, workshop_id, role, name, last_seen_at)
      values (p_person, workshop.id, 'participant', private.clean_name(p_name), now());
  exception when unique_violation then
    -- The same request a moment earlier, still under way when this one looked for it.
    select p.* into person from public.people p join public.tokens t on t.person_id = p.id
     where p.id = p_person and t.token_hash = p_token_hash;
    if person.id is not null then
      return jsonb_build_object('workshop_id', person.workshop_id, 'person_id', person.id, 'name', person.name);
    end if;
    perform private.fail('PT409', format('Somebody named %s is already here.', private.clean_name(p_name)));
  end;
  insert into public.tokens (token_hash, person_id) values (p_token_hash, p_person);
  perform private.join_open_rounds(workshop.id, p_person);
  perform private.bump(workshop.id);
  return jsonb_build_object('workshop_id', workshop.id, 'person_id', p_person,
    'name', (select name from public.people where id = p_person));
end
$$;

create function public.ask_back(p_join_code text, p_name text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  changed uuid;
begin
  update public.people p set wants_back_at = now()
    from public.workshops w
   where w.join_code = upper(btrim(p_join_code)) and p.workshop_id = w.id and p.role = 'participant'
     and p.left_at is null and p.removed_at is null
     and lower(p.name) = lower(private.clean_name(p_name))
  returning w.id into changed;
  if changed is null then
    perform private.fail('PT404', 'Nobody of this name is in the workshop. Join under it instead.');
  end if;
  perform private.bump(changed);
  return '{}'::jsonb;
end
$$;

create function public.identify(p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  person public.people;
begin
  select p.* into person from public.tokens t join public.people p on p.id = t.person_id where t.token_hash = p_token_hash;
  if person.id is null then
    perform private.fail('PT401', 'This link is no longer valid. Ask the facilitator for a new one.');
  end if;
  person := private.actor(person.workshop_id, p_token_hash, 'participant', 'facilitator', 'organizer');
  return jsonb_build_object('workshop_id', person.workshop_id, 'person_id', person.id, 'role', person.role,
    'name', person.name, 'workshop_title', (select title from public.workshops where id = person.workshop_id));
end
$$;

create function public.read_place(p_workshop uuid, p_token_hash text) returns jsonb
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
        'model', case when w.model is null then null else jsonb_build_object('model', w.model,
          'api_base', case when me.role = 'facilitator' then w.api_base end) end,
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

create function public.read_people(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((
    select jsonb_agg(case when me.role = 'facilitator' then private.person_json(p)
      else jsonb_build_object('person_id', p.id, 'role', p.role, 'name', private.name_of(p.id),
        'is_removed', p.removed_at is not null, 'name_is_hidden', p.name_hidden_at is not null) end order by p.joined_at, p.id)
    from public.people p
    where p.workshop_id = p_workshop and p.role = 'participant' and p.left_at is null), '[]'::jsonb);
end
$$;

create function private.check_changes(p_changes jsonb, p_kinds jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  change record;
begin
  if p_changes is null or jsonb_typeof(p_changes) <> 'object' then
    perform private.fail('PT400', 'The changes must name what is to be changed.');
  end if;
  for change in select key, jsonb_typeof(value) as kind, p_kinds ->> key as expected from jsonb_each(p_changes) loop
    if change.expected is null then
      perform private.fail('PT400', 'These settings do not exist: ' || left(change.key, 100) || '.');
    elsif change.kind <> 'null' and change.kind <> change.expected then
      perform private.fail('PT400', format('The setting %s is a %s, not a %s.', change.key, change.expected, change.kind));
    end if;
  end loop;
end
$$;

-- A null keeps what is there, but takes the timer, the model or its address away.
create function public.set_workshop(p_workshop uuid, p_token_hash text, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  seconds double precision;
begin
  perform private.check_changes(p_changes, '{"stage": "string", "timer_seconds": "number", "timer_label": "string",
    "editing_is_locked": "boolean", "model": "string", "api_base": "string", "max_calls": "number", "max_cost_usd": "number",
    "join_code": "string", "code_is_open": "boolean", "title": "string", "brief": "string"}');
  seconds := (p_changes ->> 'timer_seconds')::double precision;
  if p_changes ->> 'stage' <> all (array['draft', 'test', 'vote', 'review']) then
    perform private.fail('PT400', 'The stages are draft, test, vote and review.');
  end if;
  if seconds not between 0 and 604800 then
    perform private.fail('PT400', 'A countdown takes at most 7 days.');
  end if;
  if p_changes ? 'title' then perform private.check_text('The title', p_changes ->> 'title', 200); end if;
  perform private.check_text('The brief', p_changes ->> 'brief', 5000, false);
  perform private.check_text('The timer''s label', p_changes ->> 'timer_label', 100, false);
  perform private.check_text('The model''s name', p_changes ->> 'model', 200, false);
  perform private.check_text('The model''s address', p_changes ->> 'api_base', 500, false);
  if p_changes ->> 'max_calls' is not null then
    perform private.check_limit('The limit of calls', (p_changes ->> 'max_calls')::double precision, 1000000);
  end if;
  if p_changes ->> 'max_cost_usd' is not null then
    perform private.check_limit('The cost limit', (p_changes ->> 'max_cost_usd')::double precision, 1000000);
  end if;
  if p_changes ->> 'join_code' is not null then
    p_changes := p_changes || jsonb_build_object('join_code', private.clean_code(p_changes ->> 'join_code'));
  end if;
  begin
    update public.workshops w set
      stage = coalesce(p_changes ->> 'stage', stage),
      timer_ends_at = case when p_changes ? 'timer_seconds' then now() + make_interval(secs => seconds) else timer_ends_at end,
      timer_label = coalesce(p_changes ->> 'timer_label', timer_label),
      editing_is_locked = coalesce((p_changes ->> 'editing_is_locked')::boolean, editing_is_locked),
      model = case when p_changes ? 'model' then p_changes ->> 'model' else model end,
      api_base = case when p_changes ? 'api_base' then p_changes ->> 'api_base' else api_base end,
      max_calls = coalesce(trunc((p_changes ->> 'max_calls')::numeric)::integer, max_calls),
      max_cost_usd = coalesce((p_changes ->> 'max_cost_usd')::double precision, max_cost_usd),
      join_code = coalesce(p_changes ->> 'join_code', join_code),
      code_is_open = coalesce((p_changes ->> 'code_is_open')::boolean, code_is_open),
      title = coalesce(btrim(p_changes ->> 'title', E' \t\n\r'), title),
      brief = coalesce(p_changes ->> 'brief', brief)
    where w.id = p_workshop;
  exception when unique_violation then
    perform private.fail('PT409', 'This join code is taken. Try again for another one.');
  end;
  return jsonb_build_object('rev', private.bump(p_workshop));
end
$$;

create function private.stop_runs_of(p_person uuid) returns void
language plpgsql set search_path = '' as $$
begin
  perform from public.runs where asked_by = p_person order by id for no key update;
  update public.runs ru set stopped_at = now() where asked_by = p_person and stopped_at is null
    and exists (select from public.responses r where r.run_id = ru.id and r.status = 'waiting');
  update public.responses set status = 'stopped'
    where status = 'waiting' and run_id in (select id from public.runs where asked_by = p_person);
end
$$;

create function public.change_person(p_workshop uuid, p_token_hash text, p_person uuid, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  target public.people;
begin
  perform private.check_changes(p_changes,
    '{"name": "string", "is_removed": "boolean", "name_is_hidden": "boolean", "token_hash": "string"}');
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
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

create function public.leave_workshop(p_workshop uuid, p_token_hash text, p_delete_data boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people;
begin
  -- Whatever this person is writing in another tab ends before, and nothing of theirs is written after.
  perform from public.people p where p.id = (select person_id from public.tokens where token_hash = p_token_hash) for update;
  me := private.actor(p_workshop, p_token_hash, 'participant');
  perform private.lock_workshop(p_workshop);
  delete from public.tokens where person_id = me.id;
  delete from public.drafts where person_id = me.id;
  perform private.stop_runs_of(me.id);
  if p_delete_data then
    -- Votes of a revealed anonymous round carry no person any more, so they cannot be found and stay in the counts.
    delete from public.votes where person_id = me.id;
    delete from public.round_voters where person_id = me.id;
    delete from public.marks where person_id = me.id;
    -- The calls were made and paid for: they stay in the workshop's count.
    update public.workshops w set forgotten_calls = forgotten_calls + gone.calls, forgotten_cost_usd = forgotten_cost_usd + gone.cost
      from (select coalesce(sum(r.attempts - (r.status = 'stopped')::integer), 0) as calls, coalesce(sum(r.cost_usd), 0) as cost
              from public.responses r join public.runs ru on ru.id = r.run_id
             where ru.asked_by = me.id and ru.shared_at is null) gone
     where w.id = p_workshop;
    delete from public.runs where asked_by = me.id and shared_at is null;
    delete from public.scenarios where made_by = me.id and shared_at is null;
    update public.people set name = 'a former participant', last_seen_at = null, wants_back_at = null, name_hidden_at = null
     where id = me.id;
  end if;
  update public.people set left_at = now() where id = me.id;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

create function public.delete_workshop(p_workshop uuid, p_token_hash text, p_title text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
begin
  if btrim(p_title, E' \t\n\r') is distinct from (select btrim(title, E' \t\n\r') from public.workshops where id = p_workshop) then
    perform private.fail('PT400', 'The title does not match. Type it exactly as it stands to delete the workshop.');
  end if;
  delete from public.workshops where id = p_workshop;
  return '{}'::jsonb;
end
$$;

create function public.save_draft(p_workshop uuid, p_token_hash text, p_field text, p_text text, p_seq bigint) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  kept bigint;
begin
  perform private.check_text('The name of the field', p_field, 200);
  perform private.check_text('The draft', p_text, 60000, false);
  perform private.check_given('The draft''s number', p_seq is not null);
  if (select count(*) >= 2000 or sum(octet_length(text)) > 5000000 from public.drafts where person_id = me.id and field <> p_field)
      and p_text <> '' then
    perform private.fail('PT400', 'You keep more unsent texts than fit. Send or empty some of them.');
  end if;
  insert into public.drafts as d (person_id, field, text, seq) values (me.id, p_field, coalesce(p_text, ''), p_seq)
    on conflict (person_id, field) do update set text = excluded.text, seq = excluded.seq, updated_at = now()
    where d.seq <= excluded.seq;
  select seq into kept from public.drafts where person_id = me.id and field = p_field;
  return jsonb_build_object('seq', kept);
end
$$;

-- Until the reveal what somebody voted, wrote as a reason, or marked on an item under vote, is read back only with the link it
-- was made with: whoever re-issues a link for somebody else and opens it learns nothing of it.
create function private.link_since(p_person uuid) returns timestamptz
language sql stable set search_path = '' as $$
  select min(created_at) from public.tokens where person_id = p_person
$$;

create function public.read_drafts(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator');
begin
  return coalesce((select jsonb_object_agg(d.field, jsonb_build_object('text', d.text, 'seq', d.seq))
    from public.drafts d where d.person_id = me.id
      and not (d.field like 'reason:%' and d.updated_at < private.link_since(me.id) and exists (
        select from public.round_items i join public.rounds r on r.id = i.round_id
         where i.id::text = substr(d.field, length('reason:') + 1)
           and (r.status <> 'revealed' or r.anonymity = 'anonymous')))), '{}'::jsonb);
end
$$;

-- Only as the server, from the command line: a new secret link when the old one is lost.
create function public.reissue_link(p_workshop uuid, p_role text, p_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  person uuid;
begin
  perform private.check_hash(p_token_hash);
  select id into person from public.people
   where workshop_id = p_workshop and role = p_role and role in ('facilitator', 'organizer');
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
create function public.renew_link(p_workshop uuid, p_token_hash text, p_role text, p_new_token_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
begin
  return public.reissue_link(p_workshop, p_role, p_new_token_hash);
end
$$;

-- Presence. It does not bump the rev, or thirty people would invalidate every cache every few seconds.
create function public.touch_people(p_people jsonb) returns jsonb
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
  update public.people set last_seen_at = now() where id = any (present);
  for person in select id, workshop_id from public.people where id = any (present) and role = 'participant' order by id loop
    if private.join_open_rounds(person.workshop_id, person.id) > 0 then
      changed := changed || person.workshop_id;
    end if;
  end loop;
  for workshop in select distinct c from unnest(changed) c order by c loop
    perform private.bump(workshop);
  end loop;
  return '{}'::jsonb;
end
$$;

create function public.read_revs(p_workshops jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The workshops', p_workshops, 100000, 'string');
  return (select coalesce(jsonb_object_agg(workshop_id, rev), '{}'::jsonb) from public.workshop_revs
    where workshop_id in (select value::uuid from jsonb_array_elements_text(p_workshops)));
end
$$;

create function public.read_health() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  newest text;
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    execute 'select max(version) from supabase_migrations.schema_migrations' into newest;
  end if;
  return jsonb_build_object('schema_version', newest, 'server_version', current_setting('server_version'),
    'now', clock_timestamp(), 'workshops', (select count(*) from public.workshops));
end
$$;
