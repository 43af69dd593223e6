-- Who takes back a split or a merge, which the policy followed in between, has the clauses that they had: the last eight things
-- that each of those said which were changed in the last ten minutes.
create or replace function public.read_document_policy(p_workshop uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  found_one jsonb;
begin
  select jsonb_build_object('text', w.policy_text, 'revision', w.policy_revision,
      'document_seq', d.policy_seq, 'document_revision', d.policy_revision,
      'document_text', coalesce(d.text_before_forms, w.policy_text),
      'clauses', coalesce((select jsonb_agg(jsonb_build_object('clause_id', c.id, 'number', c.number, 'wording', c.wording)
          order by c.position)
        from public.clauses c where c.workshop_id = w.id and c.withdrawn_at is null), '[]'::jsonb),
      'gone', coalesce((select jsonb_agg(jsonb_build_object('clause_id', c.id, 'wording', c.wording) order by c.withdrawn_at desc)
        from public.clauses c where c.workshop_id = w.id and c.withdrawn_at > now() - interval '10 minutes'), '[]'::jsonb),
      'said', coalesce((select jsonb_agg(jsonb_build_object('clause_id', c.id, 'wording', e.wording))
        from public.clauses c cross join lateral (select wording from public.clause_events
            where clause_id = c.id order by id desc limit 8) e
        where c.workshop_id = w.id and c.withdrawn_at is null and c.updated_at > now() - interval '10 minutes'), '[]'::jsonb))
    into found_one
    from public.workshops w join public.documents d on d.workshop_id = w.id where w.id = p_workshop;
  if found_one is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  return found_one;
end
$$;
