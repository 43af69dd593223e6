-- The agenda, the timer, and the room's acts, each of which can be taken back.

alter table public.workshops
  -- What is left of a countdown that stands still; it has no end then.
  add column timer_left_s double precision,
  add column agenda_revision integer not null default 0,
  add column agenda_step uuid,
  add column agenda_step_at timestamptz,
  add column call jsonb,
  add column spotlight jsonb;

-- Every agenda that the workshop had. An undo is a new one like the one before; `parent` is where the next undo leads.
create table public.agenda_revisions (
  workshop_id uuid not null references public.workshops on delete cascade,
  revision integer not null,
  parent integer,
  steps jsonb not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  request_id text not null,
  primary key (workshop_id, revision),
  unique (workshop_id, request_id)
);
create index agenda_revisions_by_person on public.agenda_revisions (by_person);

-- What those who lead did to the room or to the workshop's settings, with how what they changed was before.
create table public.room_acts (
  id uuid primary key default gen_random_uuid(),
  workshop_id uuid not null references public.workshops on delete cascade,
  number bigint not null,
  what text not null,
  detail text not null default '',
  before jsonb not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  undone_at timestamptz,
  unique (workshop_id, number)
);
create index room_acts_by_person on public.room_acts (by_person);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['agenda_revisions', 'room_acts'] loop
    execute format('alter table public.%I enable row level security', table_name);
    execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  end loop;
end
$$;

create function private.room_json(w public.workshops) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('stage', w.stage, 'editing_is_locked', w.editing_is_locked, 'timer_ends_at', w.timer_ends_at,
    'timer_left_s', w.timer_left_s, 'timer_label', w.timer_label, 'agenda_step', w.agenda_step,
    'agenda_step_at', w.agenda_step_at, 'call', w.call, 'spotlight', w.spotlight)
$$;

-- Those of the workshop's own settings that these changes name. Not the join code: an old one must open nothing again.
create function private.settings_json(w public.workshops, p_changes jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select coalesce(jsonb_object_agg(setting.key, setting.value), '{}'::jsonb)
    from jsonb_each(jsonb_build_object('title', w.title, 'brief', w.brief, 'max_calls', w.max_calls, 'max_cost_usd', w.max_cost_usd,
      'code_is_open', w.code_is_open, 'model', w.model, 'api_base', w.api_base)) setting
   where p_changes ? setting.key
$$;

-- Remembers how things were before an act, by default the room, the last fifty of them. The caller has locked the workshop.
create function private.note_act(
  p_before public.workshops, p_person uuid, p_what text, p_detail text, p_was jsonb default null
) returns void
language sql set search_path = '' as $$
  insert into public.room_acts (workshop_id, number, what, detail, before, by_person)
    select p_before.id, coalesce(max(a.number), 0) + 1, p_what, left(coalesce(p_detail, ''), 200),
        coalesce(p_was, private.room_json(p_before)), p_person
      from public.room_acts a where a.workshop_id = p_before.id;
  delete from public.room_acts a where a.workshop_id = p_before.id
    and a.number <= (select max(b.number) - 50 from public.room_acts b where b.workshop_id = p_before.id)
$$;

create function private.agenda_steps(p_workshop uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce((select r.steps from public.agenda_revisions r join public.workshops w on w.id = r.workshop_id
    where w.id = p_workshop and r.revision = w.agenda_revision), '[]'::jsonb)
$$;

-- Where the group is in its agenda, for everyone; null while none is under way.
create function private.agenda_now(w public.workshops) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('step_id', w.agenda_step, 'number', step.number, 'count', jsonb_array_length(agenda.steps),
      'title', step.given ->> 'title', 'next_title', agenda.steps -> step.number::integer ->> 'title')
  from (select private.agenda_steps(w.id) as steps) agenda,
    jsonb_array_elements(agenda.steps) with ordinality as step (given, number)
  where w.agenda_step is not null and step.given ->> 'step_id' = w.agenda_step::text
$$;

create function private.agenda_json(w public.workshops, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('revision', w.agenda_revision, 'step_id', w.agenda_step, 'step_at', w.agenda_step_at,
    'steps', coalesce((select jsonb_agg(case when p_role = 'facilitator' then s.step else s.step || '{"note": ""}' end order by s.place)
      from jsonb_array_elements(private.agenda_steps(w.id)) with ordinality as s (step, place)), '[]'::jsonb),
    'can_undo', p_role = 'facilitator' and exists (select from public.agenda_revisions r
      where r.workshop_id = w.id and r.revision = w.agenda_revision and r.parent is not null),
    'last_act', case when p_role = 'facilitator' then (
      select jsonb_build_object('act_id', a.id, 'what', a.what, 'detail', a.detail, 'by', private.name_of(a.by_person), 'at', a.at)
        from public.room_acts a where a.workshop_id = w.id and a.undone_at is null order by a.number desc limit 1) end)
$$;

-- The steps as they are stored, or a refusal that names the one that cannot be taken.
create function private.checked_steps(p_steps jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  step record;
begin
  perform private.check_list('The agenda', p_steps, 60, 'object');
  for step in select given, number from jsonb_array_elements(p_steps) with ordinality as listed (given, number) loop
    if coalesce(step.given ->> 'step_id', '') !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
      perform private.fail('PT400', format('Step %s has no id. Reload the page and try again.', step.number));
    elsif step.given ->> 'stage' is null or step.given ->> 'stage' not in ('draft', 'test', 'vote', 'review') then
      perform private.fail('PT400', format('Step %s needs a stage: draft, test, vote or review.', step.number));
    elsif jsonb_typeof(step.given -> 'title') is distinct from 'string'
        or coalesce(jsonb_typeof(step.given -> 'note'), 'string') <> 'string' then
      perform private.fail('PT400', format('The title and the note of step %s are texts.', step.number));
    elsif jsonb_typeof(step.given -> 'minutes') is distinct from 'number'
        or not (step.given ->> 'minutes')::numeric between 0.05 and 600 then
      perform private.fail('PT400', format('Step %s takes between 1 and 600 minutes.', step.number));
    end if;
    perform private.check_text(format('The title of step %s', step.number), step.given ->> 'title', 100);
    perform private.check_text(format('The note of step %s', step.number), step.given ->> 'note', 1000, false);
  end loop;
  if (select count(distinct s ->> 'step_id') <> count(*) from jsonb_array_elements(p_steps) s) then
    perform private.fail('PT400', 'Two steps of the agenda are the same. Reload the page and try again.');
  end if;
  return coalesce((select jsonb_agg(jsonb_build_object('step_id', s ->> 'step_id', 'stage', s ->> 'stage',
      'title', btrim(s ->> 'title', E' \t\n\r'), 'minutes', s -> 'minutes', 'note', coalesce(s ->> 'note', '')) order by n)
    from jsonb_array_elements(p_steps) with ordinality as given (s, n)), '[]'::jsonb);
end
$$;

create function private.check_step_is_there(p_steps jsonb, p_step uuid) returns void
language plpgsql set search_path = '' as $$
begin
  if p_step is not null and not p_steps @> jsonb_build_array(jsonb_build_object('step_id', p_step)) then
    perform private.fail('PT409', 'The step that is under way would be gone from the agenda. Go on to another one first.');
  end if;
end
$$;

-- What a step has written on the timer is its title: with a new one it reads so for everyone, and after an undo in the room too.
-- A countdown with words of its own keeps them.
create function private.rename_steps(w public.workshops, p_steps jsonb) returns void
language sql set search_path = '' as $$
  with renamed as (
    select old.step ->> 'step_id' as step_id, old.step ->> 'title' as was, new.step ->> 'title' as title
      from jsonb_array_elements(private.agenda_steps(w.id)) old (step)
        join jsonb_array_elements(p_steps) new (step) on new.step ->> 'step_id' = old.step ->> 'step_id'
     where new.step ->> 'title' <> old.step ->> 'title'
  ), shown as (
    update public.workshops set timer_label = r.title from renamed r
     where id = w.id and agenda_step::text = r.step_id and timer_label = r.was
  )
  update public.room_acts a set before = a.before || jsonb_build_object('timer_label', r.title) from renamed r
   where a.workshop_id = w.id and a.before ->> 'agenda_step' = r.step_id and a.before ->> 'timer_label' = r.was
$$;

-- The caller has locked the workshop and checked the steps.
create function private.write_agenda(w public.workshops, p_person uuid, p_parent integer, p_steps jsonb, p_request_id text)
returns void
language plpgsql set search_path = '' as $$
begin
  perform private.check_step_is_there(p_steps, w.agenda_step);
  perform private.rename_steps(w, p_steps);
  insert into public.agenda_revisions (workshop_id, revision, parent, steps, by_person, request_id)
    values (w.id, w.agenda_revision + 1, p_parent, p_steps, p_person, p_request_id);
  update public.workshops set agenda_revision = w.agenda_revision + 1 where id = w.id;
  perform private.bump(w.id, 'place');
end
$$;

create function private.agenda_is_written(p_workshop uuid, p_me uuid, p_request_id text) returns boolean
language plpgsql set search_path = '' as $$
declare
  earlier public.agenda_revisions;
begin
  perform private.check_text('The request''s id', p_request_id, 200);
  select * into earlier from public.agenda_revisions where workshop_id = p_workshop and request_id = p_request_id;
  if earlier.revision is not null then
    perform private.check_own_request(earlier.by_person, p_me);
  end if;
  return earlier.revision is not null;
end
$$;

create function private.check_agenda_revision(w public.workshops, p_base integer) returns void
language plpgsql set search_path = '' as $$
begin
  if w.agenda_revision is distinct from p_base then
    perform private.fail('PT409', 'Somebody else changed the agenda at the same moment. Nothing was written; look at it and try again.');
  end if;
end
$$;

create function public.read_agenda(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return (select private.agenda_json(w, me.role) from public.workshops w where w.id = p_workshop);
end
$$;

-- steps: [{step_id, stage, title, minutes, note}] in order, the whole agenda.
create function public.set_agenda(
  p_workshop uuid, p_token_hash text, p_base_revision integer, p_steps jsonb, p_request_id text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
begin
  if not private.agenda_is_written(p_workshop, me.id, p_request_id) then
    perform private.check_agenda_revision(w, p_base_revision);
    perform private.write_agenda(w, me.id, w.agenda_revision, private.checked_steps(p_steps), p_request_id);
  end if;
  return (select private.agenda_json(now, me.role) from public.workshops now where now.id = p_workshop);
end
$$;

create function public.undo_agenda(p_workshop uuid, p_token_hash text, p_base_revision integer, p_request_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  target integer;
begin
  if not private.agenda_is_written(p_workshop, me.id, p_request_id) then
    perform private.check_agenda_revision(w, p_base_revision);
    select r.parent into target from public.agenda_revisions r where r.workshop_id = p_workshop and r.revision = w.agenda_revision;
    if target is null then
      perform private.fail('PT409', 'There is nothing left to undo in the agenda.');
    end if;
    perform private.write_agenda(w, me.id,
      (select r.parent from public.agenda_revisions r where r.workshop_id = p_workshop and r.revision = target),
      coalesce((select r.steps from public.agenda_revisions r where r.workshop_id = p_workshop and r.revision = target), '[]'::jsonb),
      p_request_id);
  end if;
  return (select private.agenda_json(now, me.role) from public.workshops now where now.id = p_workshop);
end
$$;

-- Nobody is called any more to what the group looked at before it went on to another stage. The caller has locked the workshop.
create function private.end_call(w public.workshops, p_stage text) returns void
language plpgsql set search_path = '' as $$
begin
  if w.call is not null and p_stage <> w.stage then
    update public.workshops set call = null where id = w.id;
    perform private.bump(w.id, 'call');
  end if;
end
$$;

-- Stage and timer of a step at once. p_seen is the step that the asker sees under way, null for none: of two who press "next"
-- one goes on and the other is told. p_step null ends the agenda.
create function public.go_to_step(p_workshop uuid, p_token_hash text, p_seen uuid, p_step uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  step jsonb;
begin
  if w.agenda_step is distinct from p_seen then
    perform private.fail('PT409', 'Somebody else went on in the agenda at the same moment. Look where the group is, then go on.');
  end if;
  if p_step is null then
    perform private.note_act(w, me.id, 'ended', '');
    update public.workshops set agenda_step = null, agenda_step_at = null, timer_ends_at = null, timer_left_s = null, timer_label = ''
     where id = p_workshop;
  else
    select s into step from jsonb_array_elements(private.agenda_steps(p_workshop)) s where s ->> 'step_id' = p_step::text;
    if step is null then
      perform private.fail('PT404', 'This step is not in the agenda any more. Look at the agenda again.');
    end if;
    perform private.note_act(w, me.id, 'step', step ->> 'title');
    update public.workshops set agenda_step = p_step, agenda_step_at = now(), stage = step ->> 'stage', timer_left_s = null,
        timer_ends_at = now() + make_interval(secs => (step ->> 'minutes')::double precision * 60), timer_label = step ->> 'title'
     where id = p_workshop;
    perform private.end_call(w, step ->> 'stage');
  end if;
  perform private.bump(p_workshop, 'place');
  return '{}'::jsonb;
end
$$;

create function private.check_timer(w public.workshops) returns void
language plpgsql set search_path = '' as $$
begin
  if w.timer_ends_at is null and w.timer_left_s is null then
    perform private.fail('PT409', 'No countdown is there. Start one first.');
  end if;
end
$$;

-- A countdown that stands still keeps what is left of it; pausing twice, or going on twice, changes nothing.
create function public.pause_timer(p_workshop uuid, p_token_hash text, p_is_paused boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
begin
  perform private.check_given('Whether the countdown stands still', p_is_paused is not null);
  perform private.check_timer(w);
  if p_is_paused <> (w.timer_left_s is not null) then
    perform private.note_act(w, me.id, case when p_is_paused then 'paused' else 'resumed' end, '');
    update public.workshops set
        timer_left_s = case when p_is_paused then greatest(extract(epoch from timer_ends_at - now()), 0) end,
        timer_ends_at = case when not p_is_paused then now() + make_interval(secs => timer_left_s) end
     where id = p_workshop;
    perform private.bump(p_workshop, 'place');
  end if;
  return '{}'::jsonb;
end
$$;

-- More time, or less with a negative number. A countdown that has ended begins again with what is added.
create function public.extend_timer(p_workshop uuid, p_token_hash text, p_seconds double precision) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  left_s double precision;
begin
  if p_seconds is null or not p_seconds between -86400 and 86400 then
    perform private.fail('PT400', 'A countdown is changed by at most a day at a time.');
  end if;
  perform private.check_timer(w);
  left_s := greatest(coalesce(w.timer_left_s, extract(epoch from w.timer_ends_at - now())), 0) + p_seconds;
  if left_s > 604800 then
    perform private.fail('PT400', 'A countdown takes at most 7 days.');
  end if;
  perform private.note_act(w, me.id, 'extended', p_seconds::text);
  update public.workshops set
      timer_left_s = case when w.timer_left_s is not null then greatest(left_s, 0) end,
      timer_ends_at = case when w.timer_left_s is null then now() + make_interval(secs => greatest(left_s, 0)) end
   where id = p_workshop;
  perform private.bump(p_workshop, 'place');
  return '{}'::jsonb;
end
$$;

-- Takes back the last act that was not taken back: what it changed is as it was before it. p_act says which one is meant.
create function public.undo_act(p_workshop uuid, p_token_hash text, p_act uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  last public.room_acts;
begin
  if exists (select from public.room_acts a where a.id = p_act and a.workshop_id = p_workshop and a.undone_at is not null) then
    return '{}'::jsonb;
  end if;
  select * into last from public.room_acts a where a.workshop_id = p_workshop and a.undone_at is null order by a.number desc limit 1;
  if last.id is null or last.id is distinct from p_act then
    perform private.fail('PT409', 'Somebody did something after that. Look at the console again, then undo.');
  end if;
  perform private.check_step_is_there(private.agenda_steps(p_workshop), (last.before ->> 'agenda_step')::uuid);
  -- Where the act changed nothing, all stays as it is now.
  update public.workshops set (stage, editing_is_locked, timer_ends_at, timer_left_s, timer_label, agenda_step, agenda_step_at,
      call, spotlight, title, brief, max_calls, max_cost_usd, code_is_open, model, api_base) = (
    select b.stage, b.editing_is_locked, b.timer_ends_at, b.timer_left_s, b.timer_label, b.agenda_step, b.agenda_step_at,
      nullif(b.call, 'null'), nullif(b.spotlight, 'null'), b.title, b.brief, b.max_calls, b.max_cost_usd, b.code_is_open,
      b.model, b.api_base
      from jsonb_populate_record(w, last.before) b)
   where id = p_workshop;
  update public.room_acts set undone_at = clock_timestamp() where id = last.id;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

-- What was changed, for whoever may take it back.
create function private.kind_of_settings(p_changes jsonb, w public.workshops) returns text
language sql immutable set search_path = '' as $$
  select case when p_changes ? 'title' then 'title' when p_changes ? 'brief' then 'brief'
    when p_changes ?| array['model', 'api_base'] then 'model'
    when p_changes ?| array['max_calls', 'max_cost_usd'] then 'limits'
    when w.code_is_open then 'code_opened' else 'code_closed' end
$$;

-- A null keeps what is there, but takes the timer, the model or its address away. All but a new join code can be taken back.
create or replace function public.set_workshop(p_workshop uuid, p_token_hash text, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  changed public.workshops;
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
  if p_changes ->> 'stage' is not null then
    perform private.note_act(w, me.id, 'stage', p_changes ->> 'stage');
    perform private.end_call(w, p_changes ->> 'stage');
  elsif p_changes ? 'timer_seconds' then
    perform private.note_act(w, me.id, case when seconds is null then 'timer_stopped' else 'timer' end, seconds::text);
  elsif p_changes ->> 'editing_is_locked' is not null then
    perform private.note_act(w, me.id, case when (p_changes ->> 'editing_is_locked')::boolean then 'locked' else 'unlocked' end, '');
  end if;
  begin
    update public.workshops set
      stage = coalesce(p_changes ->> 'stage', stage),
      timer_ends_at = case when p_changes ? 'timer_seconds' then now() + make_interval(secs => seconds) else timer_ends_at end,
      timer_left_s = case when not p_changes ? 'timer_seconds' then timer_left_s end,
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
    where id = p_workshop returning * into changed;
  exception when unique_violation then
    perform private.fail('PT409', 'This join code is taken. Try again for another one.');
  end;
  if private.settings_json(changed, p_changes) <> private.settings_json(w, p_changes) and not p_changes ? 'join_code' then
    perform private.note_act(w, me.id, private.kind_of_settings(p_changes, changed), '', private.settings_json(w, p_changes));
  end if;
  return jsonb_build_object('rev', private.bump(p_workshop, private.topic_of(p_changes)));
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
