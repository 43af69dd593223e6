-- The workshop as its asker may see it, with a list of what is withheld and why.

create function private.has_hidden_texts(p_workshop uuid) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from public.people where workshop_id = p_workshop and name_hidden_at is not null)
    or exists (select from public.clauses where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.scenarios where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.responses where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.votes v join public.rounds r on r.id = v.round_id
                where r.workshop_id = p_workshop and v.reason_hidden_at is not null)
$$;

create function private.workshop_export(w public.workshops, me public.people) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'format', 'folkmoot-workshop', 'format_version', 1, 'exported_at', clock_timestamp(),
    'exported_for', me.role,
    'workshop', jsonb_build_object('workshop_id', w.id, 'title', w.title, 'brief', w.brief, 'stage', w.stage,
      'created_at', w.created_at, 'model', w.model),
    'people', coalesce((select jsonb_agg(jsonb_build_object('person_id', p.id, 'name', private.name_of(p.id), 'role', p.role,
        'is_removed', p.removed_at is not null) order by p.joined_at, p.id)
      from public.people p where p.workshop_id = w.id), '[]'::jsonb),
    'policy', jsonb_build_object('text', w.policy_text, 'revision', w.policy_revision,
      'clauses', coalesce((select jsonb_agg(private.clause_json(c, me.role) order by c.withdrawn_at nulls first, c.position, c.number)
        from public.clauses c where c.workshop_id = w.id), '[]'::jsonb),
      'history', coalesce((select jsonb_agg(jsonb_build_object('clause_id', e.clause_id, 'kind', e.kind,
          'wording', case when c.hidden_at is not null and me.role <> 'facilitator' then '(hidden by the facilitator)' else e.wording end,
          'section', e.section, 'tag', private.tag_json(e.is_always,
            case when c.hidden_at is null or me.role = 'facilitator' then e.when_text end), 'by', private.name_of(e.by_person),
          'at', e.at, 'revision', e.revision) order by e.id)
        from public.clause_events e join public.clauses c on c.id = e.clause_id where e.workshop_id = w.id), '[]'::jsonb)),
    'versions', coalesce((select jsonb_agg(private.version_json(v, me.role) order by v.published_at)
      from public.policy_versions v where v.workshop_id = w.id and (v.number is not null or exists (
        select from public.responses r join public.runs ru on ru.id = r.run_id
         where r.version_id = v.id and (ru.shared_at is not null or ru.asked_by = me.id)))), '[]'::jsonb),
    'scenarios', coalesce((select jsonb_agg(private.scenario_json(s, me.role) order by s.number nulls last, s.created_at)
      from public.scenarios s where s.workshop_id = w.id and (s.shared_at is not null or s.made_by = me.id)), '[]'::jsonb),
    'runs', coalesce((select jsonb_agg(private.run_json(r) order by r.created_at)
      from public.runs r where r.workshop_id = w.id and (r.shared_at is not null or r.asked_by = me.id)), '[]'::jsonb),
    'responses', coalesce((select jsonb_agg(private.response_json(r, ru, me.role) order by ru.created_at, r.position)
      from public.responses r join public.runs ru on ru.id = r.run_id
      where r.workshop_id = w.id and (ru.shared_at is not null or ru.asked_by = me.id)), '[]'::jsonb),
    'marks', coalesce((select jsonb_agg(jsonb_build_object('response_id', m.response_id, 'clause_id', m.clause_id,
        'person_id', m.person_id, 'person_name', private.name_of(m.person_id), 'value', m.value, 'at', m.at,
        'source', 'participant') order by m.at)
      from public.marks m join public.responses r on r.id = m.response_id join public.runs ru on ru.id = r.run_id
        join public.people p on p.id = m.person_id
      where m.workshop_id = w.id and p.removed_at is null and (ru.shared_at is not null or ru.asked_by = me.id)
        and not private.is_under_vote(m)), '[]'::jsonb),
    'rounds', coalesce((select jsonb_agg(
        case when r.status = 'revealed' then private.result_json(r, me.role)
          else jsonb_build_object('round_id', r.id, 'number', r.number, 'question', r.question, 'anonymity', r.anonymity,
            'items', private.items_json(r.id, me.role))
            || (private.turnout(r, 'participant') - 'voted' - 'missing') end
        || jsonb_build_object('status', r.status, 'opened_at', r.opened_at, 'closed_at', r.closed_at) order by r.number)
      from public.rounds r where r.workshop_id = w.id), '[]'::jsonb),
    'withheld', coalesce((select jsonb_agg(jsonb_build_object('what', format('votes and reasons of round %s', r.number),
          'why', format('the round is %s and not revealed', r.status)) order by r.number)
        from public.rounds r where r.workshop_id = w.id and r.status <> 'revealed'), '[]'::jsonb)
      || coalesce((select jsonb_agg(jsonb_build_object('what', format('marks made on the items of round %s since it opened', r.number),
          'why', format('the round is %s and not revealed', r.status)) order by r.number)
        from public.rounds r where r.workshop_id = w.id and r.status <> 'revealed'), '[]'::jsonb)
      || coalesce((select jsonb_agg(jsonb_build_object('what', format('who voted what in round %s', r.number),
          'why', 'the round was anonymous; the link was destroyed when it was revealed') order by r.number)
        from public.rounds r where r.workshop_id = w.id and r.status = 'revealed' and r.anonymity = 'anonymous'), '[]'::jsonb)
      || jsonb_build_array(
        jsonb_build_object('what', 'unsent drafts', 'why', 'only their writers can see them'),
        jsonb_build_object('what', 'private scenarios and private responses of others', 'why', 'only their makers can see them'),
        jsonb_build_object('what', 'join code, links and tokens', 'why', 'secrets are never exported'))
      || case when exists (select from public.people p where p.workshop_id = w.id and p.removed_at is not null)
        then jsonb_build_array(jsonb_build_object('what', 'votes and marks of removed participants',
          'why', 'the facilitator removed them; their votes and marks are excluded')) else '[]'::jsonb end
      || case when me.role <> 'facilitator' and private.has_hidden_texts(w.id)
        then jsonb_build_array(jsonb_build_object('what', 'texts and names that are shown as hidden',
          'why', 'the facilitator hid them')) else '[]'::jsonb end)
$$;

create function public.export_workshop(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return (select private.workshop_export(w, me) from public.workshops w where w.id = p_workshop);
end
$$;

-- As the server, for the command line: exactly what the organizer may see.
create function public.export_as_server(p_workshop uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  organizer public.people;
begin
  select * into organizer from public.people where workshop_id = p_workshop and role = 'organizer';
  if organizer.id is null then
    perform private.fail('PT404', 'No workshop has this id. `doctor` tells which database is in use.');
  end if;
  return (select private.workshop_export(w, organizer) from public.workshops w where w.id = p_workshop);
end
$$;
