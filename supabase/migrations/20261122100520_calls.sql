-- Where everybody is called, and what is shown to all. The workshop has one call and one spotlight at a time.

-- What stands in the thing that everybody is called to, so that pages can show it before they are drawn: nothing of what is
-- hidden, and not all of what is long.
create function private.called_text(w public.workshops) returns text
language sql stable set search_path = '' as $$
  select coalesce(left(found.text, 1200) || case when length(found.text) > 1200 then '…' else '' end, '')
    from (select case w.call ->> 'kind'
      when 'clause' then (
        select c.wording from public.clauses c
         where c.id = (w.call ->> 'target')::uuid and c.workshop_id = w.id and c.hidden_at is null)
      when 'scenario' then (
        select string_agg(turn.value ->> 'content', E'\n\n' order by turn.place)
          from public.scenarios s cross join jsonb_array_elements(s.turns) with ordinality turn (value, place)
         where s.id = (w.call ->> 'target')::uuid and s.workshop_id = w.id and s.shared_at is not null and s.hidden_at is null)
      when 'response' then (
        select r.text
          from public.responses r join public.runs ru on ru.id = r.run_id join public.scenarios s on s.id = r.scenario_id
         where r.id = (w.call ->> 'target')::uuid and r.workshop_id = w.id and ru.shared_at is not null
           and r.hidden_at is null and s.hidden_at is null)
      end as text) found
$$;

create function private.call_json(p_call jsonb, w public.workshops, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select p_call - 'by_person' || jsonb_build_object('by', private.name_of((p_call ->> 'by_person')::uuid)) || thing.found
    from (select case when p_call ->> 'kind' = 'stage' then '{"label": "", "title": ""}'
        else private.thing_json(w.id, p_call ->> 'kind', (p_call ->> 'target')::uuid, p_role) end as found) thing
   where p_call is not null and thing.found is not null
$$;

create function private.new_call(p_call uuid, p_kind text, p_target text, p_by uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select jsonb_build_object('call_id', p_call, 'kind', p_kind, 'target', p_target, 'at', clock_timestamp(), 'by_person', p_by)
$$;

-- p_target: a stage, or the id of a clause, a scenario or a response that everybody can see. Calling to a stage moves the group
-- there too.
create function public.call_everyone(p_workshop uuid, p_token_hash text, p_call uuid, p_kind text, p_target text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  thing jsonb;
begin
  perform private.check_given('The call''s id', p_call is not null);
  if p_kind is null or p_kind not in ('stage', 'clause', 'scenario', 'response') then
    perform private.fail('PT400', 'Everybody is called to a stage, a clause, a scenario or a response.');
  elsif p_kind = 'stage' then
    if p_target is null or p_target not in ('draft', 'test', 'vote', 'review') then
      perform private.fail('PT400', 'The stages are draft, test, vote and review.');
    end if;
    thing := jsonb_build_object('label', p_target);
  elsif coalesce(p_target, '') ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    thing := private.thing_json(p_workshop, p_kind, p_target::uuid, me.role);
  end if;
  if thing is null then
    perform private.fail('PT404', 'What you call to is not in the workshop, or is not shared with everyone.');
  end if;
  perform private.note_act(w, me.id, 'call', thing ->> 'label');
  update public.workshops set call = private.new_call(p_call, p_kind, p_target, me.id),
      stage = case when p_kind = 'stage' then p_target else stage end
   where id = p_workshop;
  perform private.bump(p_workshop, case p_kind when 'stage' then 'all' else 'call' end);
  return '{}'::jsonb;
end
$$;

create function public.take_back_call(p_workshop uuid, p_token_hash text, p_call uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
begin
  if w.call ->> 'call_id' = p_call::text then
    perform private.note_act(w, me.id, 'call_ended', '');
    update public.workshops set call = null where id = p_workshop;
    perform private.bump(p_workshop, 'call');
  end if;
  return '{}'::jsonb;
end
$$;

-- One response, or the chart of one revealed round, before everybody, until it is taken away.
create function public.set_spotlight(p_workshop uuid, p_token_hash text, p_spotlight uuid, p_kind text, p_target uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  thing jsonb;
begin
  perform private.check_given('The spotlight''s id', p_spotlight is not null);
  if p_kind is null or p_kind not in ('response', 'round') then
    perform private.fail('PT400', 'A response or the chart of a round can be in the spotlight.');
  end if;
  thing := private.thing_json(p_workshop, p_kind, p_target, me.role);
  if thing is null or (p_kind = 'round' and not exists (
      select from public.rounds r where r.id = p_target and r.workshop_id = p_workshop and r.status = 'revealed')) then
    perform private.fail('PT404',
      'This is not in the workshop, or not before everyone: a response must be finished and shared, a round revealed.');
  end if;
  perform private.note_act(w, me.id, 'spotlight', thing ->> 'label');
  update public.workshops set spotlight = private.new_call(p_spotlight, p_kind, p_target::text, me.id) where id = p_workshop;
  perform private.bump(p_workshop, 'call');
  return '{}'::jsonb;
end
$$;

create function public.end_spotlight(p_workshop uuid, p_token_hash text, p_spotlight uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
begin
  if w.spotlight ->> 'call_id' = p_spotlight::text then
    perform private.note_act(w, me.id, 'spotlight_ended', '');
    update public.workshops set spotlight = null where id = p_workshop;
    perform private.bump(p_workshop, 'call');
  end if;
  return '{}'::jsonb;
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
