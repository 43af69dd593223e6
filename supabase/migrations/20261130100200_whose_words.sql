-- Words keep their writers when they come into another clause by a split, a merge, or because what stood there is elsewhere
-- again.

-- By clause: everybody who wrote in it since it last said `since`, or ever, in the order in which they first did. p_clauses:
-- [{clause_id, since}].
create function public.read_clause_writers(p_workshop uuid, p_clauses jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The clauses', p_clauses, 1000, 'object');
  return coalesce((
    select jsonb_object_agg(listed.clause_id, listed.people)
      from (select wrote.clause_id, jsonb_agg(wrote.person order by wrote.first_at) as people
              from (select e.clause_id, one.person, min(array[e.id, one.place]) as first_at
                      from jsonb_array_elements(p_clauses) g
                      join public.clauses c on c.workshop_id = p_workshop and c.id::text = lower(g ->> 'clause_id')
                      cross join lateral (select coalesce(max(s.id), 0) as id from public.clause_events s
                        where s.clause_id = c.id and s.wording = g ->> 'since') since
                      join public.clause_events e on e.clause_id = c.id and e.id > since.id and e.kind in ('added', 'edited')
                      cross join lateral (
                        select s.by_person as person, 0 as place from public.suggestions s
                         where s.clause_id = e.clause_id and s.revision = e.revision and s.state = 'accepted' and e.kind = 'edited'
                        union all
                        select e.by_person, 1
                        union all
                        select w.by_person, w.place from public.clause_writers w
                         where w.clause_id = e.clause_id and w.revision = e.revision) one
                     where one.person is not null
                     group by 1, 2) wrote
             group by 1) listed), '{}'::jsonb);
end
$$;

create function private.said_lately(p_clause uuid) returns table (id bigint, wording text)
language sql stable set search_path = '' as $$
  select ranked.id, ranked.wording
    from (select e.id, e.wording, row_number() over (order by e.id desc) as last,
                 row_number() over (order by e.until - e.at desc, e.id desc) as longest
            from (select h.id, h.wording, h.at, coalesce(lead(h.at) over (order by h.id), now()) as until
                    from (select * from public.clause_events where clause_id = p_clause order by id desc limit 400) h) e
           where e.until > now() - interval '10 minutes') ranked
   where ranked.last <= 8 or ranked.longest <= 8
$$;

-- As it was, and `said` is what the clauses said until less than ten minutes ago, and what they say: of each the last eight
-- things, and the eight that stood longest, since what was cut out has mostly stood longer than what is being typed.
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
      'said', coalesce((select jsonb_agg(jsonb_build_object('clause_id', c.id, 'wording', e.wording) order by c.position, e.id)
        from public.clauses c cross join lateral private.said_lately(c.id) e
        where c.workshop_id = w.id and c.withdrawn_at is null and c.updated_at > now() - interval '10 minutes'), '[]'::jsonb))
    into found_one
    from public.workshops w join public.documents d on d.workshop_id = w.id where w.id = p_workshop;
  if found_one is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  return found_one;
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
