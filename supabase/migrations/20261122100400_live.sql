-- The room is live: whoever waits for changes hears of one as soon as it is committed, asks in one call what everybody may
-- know of it, and in another which of the people whose pages are open may still be there.

-- What was changed last under which number, so that a page looks only where something it shows is concerned. Topics: place,
-- people, policy, test, rounds, votes; "all" stands for every one of them.
alter table public.workshop_revs add column topics jsonb not null default '{}'::jsonb;

create function private.bump(p_workshop uuid, p_topic text) returns bigint
language plpgsql set search_path = '' as $$
declare
  moved bigint;
begin
  update public.workshop_revs set rev = rev + 1, topics = topics || jsonb_build_object(p_topic, rev + 1)
   where workshop_id = p_workshop returning rev into moved;
  if found then
    -- Tells no more than that something changed: a workshop and its change number.
    perform pg_catalog.pg_notify('folkmoot_changes', p_workshop || ' ' || moved);
  end if;
  return moved;
end
$$;

-- A change that may concern everything that anybody sees.
create or replace function private.bump(p_workshop uuid) returns bigint
language plpgsql set search_path = '' as $$
begin
  return private.bump(p_workshop, 'all');
end
$$;

-- What a change of the workshop's settings concerns: where the group is and how long stands in everybody's strip only.
create function private.topic_of(p_changes jsonb) returns text
language sql immutable set search_path = '' as $$
  select case when p_changes - array['stage', 'timer_seconds', 'timer_label'] = '{}'::jsonb then 'place' else 'all' end
$$;

-- The functions of which it is known what they change. All others, such as hiding a text, concern every page.
do $$
declare
  one record;
  known text;
  changed text;
begin
  for one in
    select name, case name when 'set_workshop' then 'private.topic_of(p_changes)' else quote_literal(topic) end as topic
      from (values
        ('place', array['set_workshop']),
        ('people', array['join_workshop', 'ask_back', 'reissue_link', 'touch_people']),
        ('policy', array['commit_policy', 'publish_version']),
        ('test', array['add_scenario', 'share_scenario', 'withdraw_scenario', 'start_run', 'stop_run', 'retry_response',
          'resume_run', 'resume_paused', 'share_run', 'set_mark', 'claim_cells', 'store_response', 'pause_run']),
        ('rounds', array['open_round', 'close_round', 'reveal_round']),
        ('votes', array['cast_votes'])) as concerns (topic, names), unnest(names) name
  loop
    select pg_catalog.pg_get_functiondef(p.oid) into strict known from pg_catalog.pg_proc p
     where p.proname = one.name and p.pronamespace = 'public'::pg_catalog.regnamespace;
    changed := pg_catalog.regexp_replace(known, 'private\.bump\(([a-z_.]+)\)', 'private.bump(\1, ' || one.topic || ')', 'g');
    if changed = known then
      raise exception '% tells of no change.', one.name;
    end if;
    execute changed;
  end loop;
end
$$;

-- What everybody in a workshop may know of it, and nobody's own.
create function private.notice(w public.workshops) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'stage', w.stage, 'editing_is_locked', w.editing_is_locked,
    'timer_ends_at', w.timer_ends_at, 'timer_label', w.timer_label,
    'latest_version_number', nullif(w.next_version_number - 1, 0),
    'changed_since_version', w.policy_text is distinct from (
      select v.text from public.policy_versions v where v.workshop_id = w.id and v.number = w.next_version_number - 1),
    'open_rounds', coalesce((
      select jsonb_agg(jsonb_build_object('round_id', r.id, 'number', r.number,
          'voted_count', turnout.counts -> 'voted_count', 'eligible_count', turnout.counts -> 'eligible_count') order by r.number)
        from public.rounds r cross join lateral (select private.turnout(r, 'participant') as counts) turnout
       where r.workshop_id = w.id and r.status = 'open'), '[]'::jsonb))
$$;

-- p_known: {workshop: the newest change number that the asker knows}. Gives {workshop: {rev}} for those that there are, and
-- of those that have changed since also the topics and what everybody may know.
create function public.read_changes(p_known jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_known is null or jsonb_typeof(p_known) <> 'object' then
    perform private.fail('PT400', 'The known change numbers must be given by workshop.');
  end if;
  if exists (select from jsonb_each(p_known) where jsonb_typeof(value) <> 'number') then
    perform private.fail('PT400', 'A change number must be a number.');
  end if;
  return (
    select coalesce(jsonb_object_agg(v.workshop_id, jsonb_build_object('rev', v.rev) || case
        when v.rev > (known.value #>> '{}')::numeric
          then jsonb_build_object('topics', v.topics, 'notice', private.notice(w)) else '{}'::jsonb end), '{}'::jsonb)
      from jsonb_each(p_known) known
      join public.workshop_revs v on v.workshop_id = case when known.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then known.key::uuid end
      join public.workshops w on w.id = v.workshop_id);
end
$$;

-- p_people: [{workshop, token_hash}]. Gives their ids in the same order; null for whoever may not be there: the token opens
-- nothing there, or the person left or was removed.
create function public.read_standing(p_people jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The people', p_people, 100000, 'object');
  return (
    select coalesce(jsonb_agg(p.id order by asked.place), '[]'::jsonb)
      from jsonb_array_elements(p_people) with ordinality as asked (one, place)
      left join public.tokens t on t.token_hash = asked.one ->> 'token_hash'
      left join public.people p on p.id = t.person_id and p.workshop_id::text = asked.one ->> 'workshop'
       and p.removed_at is null and p.left_at is null);
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
