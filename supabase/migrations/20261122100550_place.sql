-- What everybody must know, drawn at the top of every page.

create or replace function public.read_place(p_workshop uuid, p_token_hash text) returns jsonb
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
        'timer_ends_at', w.timer_ends_at, 'timer_left_s', w.timer_left_s, 'timer_label', w.timer_label,
        'agenda', private.agenda_now(w), 'call', private.call_json(w.call, w, me.role),
        'spotlight', private.call_json(w.spotlight, w, me.role),
        -- Everybody is told where it answers: pages name who reads what people write, and their runs go there.
        'model', case when w.model is null then null else jsonb_build_object('model', w.model, 'api_base', w.api_base) end,
        'max_calls', w.max_calls, 'max_cost_usd', w.max_cost_usd, 'created_at', w.created_at) || private.calls_used(w.id),
      'me', jsonb_build_object('person_id', me.id, 'role', me.role, 'name', me.name, 'nudge', private.nudge_json(me),
        'is_co_facilitator', me.co_facilitator_since is not null),
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

-- What everybody in a workshop may know of it, and nobody's own.
create or replace function private.notice(w public.workshops) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'stage', w.stage, 'editing_is_locked', w.editing_is_locked,
    'timer_ends_at', w.timer_ends_at, 'timer_left_s', w.timer_left_s, 'timer_label', w.timer_label,
    'agenda', private.agenda_now(w),
    'call', private.call_json(w.call, w, 'participant') || jsonb_build_object('text', private.called_text(w)),
    'spotlight', private.call_json(w.spotlight, w, 'participant'),
    'latest_version_number', nullif(w.next_version_number - 1, 0),
    'changed_since_version', w.policy_text is distinct from (
      select v.text from public.policy_versions v where v.workshop_id = w.id and v.number = w.next_version_number - 1),
    'open_rounds', coalesce((
      select jsonb_agg(jsonb_build_object('round_id', r.id, 'number', r.number,
          'voted_count', turnout.counts -> 'voted_count', 'eligible_count', turnout.counts -> 'eligible_count') order by r.number)
        from public.rounds r cross join lateral (select private.turnout(r, 'participant') as counts) turnout
       where r.workshop_id = w.id and r.status = 'open'), '[]'::jsonb))
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
