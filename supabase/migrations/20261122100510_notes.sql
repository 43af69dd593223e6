-- Notes and decisions, with every wording they had, and the dissents that stand beside decisions.

-- What a note, a call or a spotlight is about, by its label; null where it is not there for everybody.

create function private.thing_json(p_workshop uuid, p_kind text, p_id uuid, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select case p_kind
    when 'clause' then (
      select jsonb_build_object('label', 'C' || c.number, 'title', '')
        from public.clauses c where c.id = p_id and c.workshop_id = p_workshop)
    when 'scenario' then (
      select jsonb_build_object('label', 'S' || s.number, 'scenario_id', s.id,
          'title', case when s.hidden_at is null or p_role = 'facilitator' then s.title else '(hidden by the facilitator)' end)
        from public.scenarios s where s.id = p_id and s.workshop_id = p_workshop and s.shared_at is not null)
    when 'response' then (
      select jsonb_build_object('scenario_id', s.id,
          'title', case when s.hidden_at is null or p_role = 'facilitator' then s.title else '(hidden by the facilitator)' end,
          'label', 'S' || s.number || ' · ' || case when r.version_id is null then 'without policy'
            when v.number is null then 'unpublished text' else 'v' || v.number end
            || case when ru.samples > 1 then ' · sample ' || r.sample else '' end)
        from public.responses r join public.runs ru on ru.id = r.run_id join public.scenarios s on s.id = r.scenario_id
          left join public.policy_versions v on v.id = r.version_id
       where r.id = p_id and r.workshop_id = p_workshop and r.status = 'done'
         and ru.shared_at is not null and s.shared_at is not null)
    when 'round' then (
      select jsonb_build_object('label', 'Round ' || o.number, 'title', o.question)
        from public.rounds o where o.id = p_id and o.workshop_id = p_workshop)
  end
$$;

create table public.notes (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  kind text not null check (kind in ('note', 'decision')),
  about_kind text check (about_kind in ('clause', 'scenario', 'response', 'round')),
  about_id uuid,
  text text not null,
  revision integer not null default 1,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  withdrawn_at timestamptz,
  check ((about_kind is null) = (about_id is null))
);
create index notes_workshop on public.notes (workshop_id);
create index notes_by_person on public.notes (by_person);

create table public.note_events (
  note_id uuid not null references public.notes on delete cascade,
  revision integer not null,
  kind text not null check (kind in ('added', 'edited', 'withdrawn', 'restored')),
  text text not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  primary key (note_id, revision)
);
create index note_events_by_person on public.note_events (by_person);
create trigger immutable before update on public.note_events for each row execute function private.refuse_change();

-- Written by the dissenter alone. `revision` is that of the decision they dissented from.
create table public.dissents (
  id uuid primary key default gen_random_uuid(),
  note_id uuid not null references public.notes on delete cascade,
  person_id uuid not null references public.people on delete cascade,
  words text not null,
  revision integer not null,
  at timestamptz not null default clock_timestamp(),
  hidden_at timestamptz,
  unique (note_id, person_id)
);
create index dissents_person on public.dissents (person_id);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['notes', 'note_events', 'dissents'] loop
    execute format('alter table public.%I enable row level security', table_name);
    execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  end loop;
end
$$;

create function private.dissents_json(n public.notes, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('dissent_id', d.id, 'person_id', d.person_id, 'name', private.name_of(d.person_id),
      'words', case when d.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else d.words end,
      'is_hidden', d.hidden_at is not null, 'at', d.at,
      'is_older', exists (select from public.note_events e where e.note_id = n.id and e.kind = 'edited' and e.revision > d.revision))
      order by d.at, d.id), '[]'::jsonb)
  from public.dissents d join public.people p on p.id = d.person_id
  where d.note_id = n.id and p.removed_at is null
$$;

create function private.note_json(n public.notes, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('note_id', n.id, 'kind', n.kind, 'about_kind', n.about_kind, 'about_id', n.about_id,
    'about_label', coalesce(thing.found ->> 'label', ''), 'about_scenario_id', thing.found -> 'scenario_id',
    'text', n.text, 'revision', n.revision, 'by', private.name_of(n.by_person), 'at', n.at,
    'edited_at', (select max(e.at) from public.note_events e where e.note_id = n.id and e.kind = 'edited'),
    'is_withdrawn', n.withdrawn_at is not null, 'dissents', private.dissents_json(n, p_role))
  from (select private.thing_json(n.workshop_id, n.about_kind, n.about_id, p_role) as found) thing
$$;

-- What was withdrawn is there for those who lead, who can put it back.
create function private.notes_json(p_workshop uuid, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(private.note_json(n, p_role) order by n.at, n.id), '[]'::jsonb) from public.notes n
   where n.workshop_id = p_workshop and (n.withdrawn_at is null or p_role = 'facilitator')
$$;

create function private.lock_note(p_workshop uuid, p_note uuid) returns public.notes
language plpgsql set search_path = '' as $$
declare
  note public.notes;
begin
  select * into note from public.notes where id = p_note and workshop_id = p_workshop for no key update;
  if note.id is null then
    perform private.fail('PT404', 'This note or decision does not exist in this workshop. Reload the page.');
  end if;
  return note;
end
$$;

create function private.write_note_event(n public.notes, p_person uuid, p_kind text) returns void
language sql set search_path = '' as $$
  insert into public.note_events (note_id, revision, kind, text, by_person) values (n.id, n.revision, p_kind, n.text, p_person)
$$;

create function public.read_notes(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return private.notes_json(p_workshop, me.role);
end
$$;

create function public.read_note_history(p_workshop uuid, p_token_hash text, p_note uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'facilitator');
begin
  return coalesce((select jsonb_agg(jsonb_build_object('kind', e.kind, 'text', e.text, 'by', private.name_of(e.by_person), 'at', e.at)
      order by e.revision)
    from public.note_events e join public.notes n on n.id = e.note_id
   where n.id = p_note and n.workshop_id = p_workshop), '[]'::jsonb);
end
$$;

create function public.add_note(
  p_workshop uuid, p_token_hash text, p_note uuid, p_kind text, p_about_kind text, p_about_id uuid, p_text text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  note public.notes;
begin
  perform private.check_given('The note''s id', p_note is not null);
  perform private.lock_workshop(p_workshop);
  select * into note from public.notes where id = p_note and workshop_id = p_workshop and by_person = me.id;
  if note.id is not null then
    return private.note_json(note, me.role);
  end if;
  if p_kind is null or p_kind not in ('note', 'decision') then
    perform private.fail('PT400', 'It is a note or a decision. Choose one.');
  end if;
  perform private.check_text(case p_kind when 'note' then 'The note' else 'The decision' end, p_text, 2000);
  if (p_about_kind is null) <> (p_about_id is null)
      or (p_about_kind is not null and private.thing_json(p_workshop, p_about_kind, p_about_id, me.role) is null) then
    perform private.fail('PT404',
      'What this is about is not in the workshop, or is not shared with everyone. Choose something else, or nothing.');
  end if;
  if (select count(*) >= 1000 from public.notes where workshop_id = p_workshop) then
    perform private.fail('PT400', 'This workshop has 1000 notes and decisions; more do not fit.');
  end if;
  insert into public.notes (id, workshop_id, kind, about_kind, about_id, text, by_person)
    values (p_note, p_workshop, p_kind, p_about_kind, p_about_id, btrim(p_text, E' \t\n\r'), me.id) returning * into note;
  perform private.write_note_event(note, me.id, 'added');
  perform private.bump(p_workshop, 'notes');
  return private.note_json(note, me.role);
end
$$;

-- Whoever saw another wording than the present one overwrites nothing. The same words once more are no change.
create function public.edit_note(p_workshop uuid, p_token_hash text, p_note uuid, p_text text, p_base_revision integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  note public.notes := private.lock_note(p_workshop, p_note);
begin
  perform private.check_text('The text', p_text, 2000);
  if note.text <> btrim(p_text, E' \t\n\r') then
    if note.revision is distinct from p_base_revision then
      perform private.fail('PT409', 'Somebody else changed this meanwhile. Look at what it says now, then change it.');
    end if;
    update public.notes set text = btrim(p_text, E' \t\n\r'), revision = revision + 1 where id = p_note returning * into note;
    perform private.write_note_event(note, me.id, 'edited');
    perform private.bump(p_workshop, 'notes');
  end if;
  return '{}'::jsonb;
end
$$;

create function public.withdraw_note(p_workshop uuid, p_token_hash text, p_note uuid, p_is_withdrawn boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  note public.notes := private.lock_note(p_workshop, p_note);
begin
  perform private.check_given('Whether it is withdrawn', p_is_withdrawn is not null);
  if p_is_withdrawn <> (note.withdrawn_at is not null) then
    update public.notes set withdrawn_at = case when p_is_withdrawn then now() end, revision = revision + 1
     where id = p_note returning * into note;
    perform private.write_note_event(note, me.id, case when p_is_withdrawn then 'withdrawn' else 'restored' end);
    perform private.bump(p_workshop, 'notes');
  end if;
  return '{}'::jsonb;
end
$$;

-- One's own dissent beside a decision: begun, reworded, or withdrawn. Nobody can write or take another's.
create function public.set_dissent(p_workshop uuid, p_token_hash text, p_note uuid, p_is_dissenting boolean, p_words text)
returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant');
  note public.notes := private.lock_note(p_workshop, p_note);
begin
  perform private.check_given('Whether you dissent', p_is_dissenting is not null);
  perform private.check_text('Your words', p_words, 1000, false);
  if note.kind <> 'decision' or note.withdrawn_at is not null then
    perform private.fail('PT404', 'There is no such decision, or it was withdrawn. Reload the page.');
  end if;
  if p_is_dissenting then
    insert into public.dissents as d (note_id, person_id, words, revision)
      values (p_note, me.id, btrim(coalesce(p_words, ''), E' \t\n\r'), note.revision)
      on conflict (note_id, person_id) do update set words = excluded.words, revision = excluded.revision, at = excluded.at,
        hidden_at = case when d.words = excluded.words then d.hidden_at end;
  else
    delete from public.dissents where note_id = p_note and person_id = me.id;
  end if;
  perform private.bump(p_workshop, 'notes');
  return '{}'::jsonb;
end
$$;

-- The workshop as its asker may see it, with its notes, decisions and dissents.
create function private.with_notes(p_export jsonb, p_workshop uuid, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select p_export || jsonb_build_object('notes', private.notes_json(p_workshop, p_role), 'withheld', p_export -> 'withheld'
    || case when p_role <> 'facilitator' and exists (select from public.notes n
          where n.workshop_id = p_workshop and n.withdrawn_at is not null)
      then jsonb_build_array(jsonb_build_object('what', 'notes and decisions that were withdrawn',
        'why', 'those who lead withdrew them')) else '[]'::jsonb end)
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
