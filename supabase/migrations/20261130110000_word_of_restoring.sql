-- As it was; and of a version that came of restoring another one it is told, with the number of the one that was made before,
-- to keep what stood there until then, null where that was published already.
create or replace function private.version_header(v public.policy_versions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('version_id', v.id, 'number', v.number, 'note', v.note,
    -- A snapshot belongs to all who ran the same text, the first of them perhaps in private.
    'published_by', case when v.number is null then '' else private.name_of(v.published_by) end, 'published_at', v.published_at,
    'clause_count', jsonb_array_length(v.clauses),
    'is_restored', exists (select from public.policy_revisions r
      where r.workshop_id = v.workshop_id and r.request_id = 'restore ' || v.request_id),
    'kept_before', (select b.number from public.policy_versions b
      where b.workshop_id = v.workshop_id and b.request_id = 'before ' || v.request_id))
$$;
