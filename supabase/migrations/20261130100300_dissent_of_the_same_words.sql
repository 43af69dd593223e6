-- As it was; a dissent is from an earlier wording as long as the decision says something else than its writer saw, and not any
-- more once it says the same again.
create or replace function private.dissents_json(n public.notes, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('dissent_id', d.id, 'person_id', d.person_id, 'name', private.name_of(d.person_id),
      'words', case when d.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else d.words end,
      'is_hidden', d.hidden_at is not null, 'at', d.at,
      'is_older', n.text is distinct from (select e.text from public.note_events e
          where e.note_id = n.id and e.revision <= d.revision order by e.revision desc limit 1))
      order by d.at, d.id), '[]'::jsonb)
  from public.dissents d join public.people p on p.id = d.person_id
  where d.note_id = n.id and p.removed_at is null
$$;
