-- As it was; and whoever leads or answers for the workshop reads which earlier wording a dissent is from.
create or replace function private.dissents_json(n public.notes, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('dissent_id', d.id, 'person_id', d.person_id, 'name', private.name_of(d.person_id),
      'words', case when d.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else d.words end,
      'is_hidden', d.hidden_at is not null, 'at', d.at, 'is_older', seen.text is distinct from n.text,
      'from_wording', case when seen.text is distinct from n.text and p_role in ('facilitator', 'organizer') then seen.text end)
      order by d.at, d.id), '[]'::jsonb)
  from public.dissents d
  join public.people p on p.id = d.person_id
  left join lateral (select e.text from public.note_events e
    where e.note_id = n.id and e.revision <= d.revision order by e.revision desc limit 1) seen on true
  where d.note_id = n.id and p.removed_at is null
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
