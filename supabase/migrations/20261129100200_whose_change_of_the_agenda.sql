-- Whose the last change of the agenda is, and the steps that an undo brings back, for whoever is about to press it.
create or replace function private.agenda_json(w public.workshops, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('revision', w.agenda_revision, 'step_id', w.agenda_step, 'step_at', w.agenda_step_at,
    'steps', coalesce((select jsonb_agg(case when p_role = 'facilitator' then s.step else s.step || '{"note": ""}' end order by s.place)
      from jsonb_array_elements(private.agenda_steps(w.id)) with ordinality as s (step, place)), '[]'::jsonb),
    -- For servers that do not know the last change.
    'can_undo', p_role = 'facilitator' and exists (select from public.agenda_revisions r
      where r.workshop_id = w.id and r.revision = w.agenda_revision and r.parent is not null),
    -- A change comes right after its parent. An undo has the parent of the change to which it led back, which is the next to undo.
    'last_change', case when p_role = 'facilitator' then (
      select jsonb_build_object('by', private.name_of(made.by_person), 'by_person', made.by_person,
          'before', coalesce(parent.steps, '[]'::jsonb))
        from public.agenda_revisions r
          join public.agenda_revisions made on made.workshop_id = r.workshop_id and made.revision = r.parent + 1
          left join public.agenda_revisions parent on parent.workshop_id = r.workshop_id and parent.revision = r.parent
       where r.workshop_id = w.id and r.revision = w.agenda_revision) end,
    'last_act', case when p_role = 'facilitator' then (
      select jsonb_build_object('act_id', a.id, 'what', a.what, 'detail', a.detail, 'by', private.name_of(a.by_person), 'at', a.at)
        from public.room_acts a where a.workshop_id = w.id and a.undone_at is null order by a.number desc limit 1) end)
$$;
