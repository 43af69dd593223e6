-- Words keep their writers, and clauses their identity, through what the policy followed in between: splits and merges, undo,
-- and words that were cut and put back after others had been typed in their place.

-- At these revisions all words of a clause were typed over, so that nothing but its list marker was left of it.
create table public.clauses_typed_over (
  workshop_id uuid not null references public.workshops on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  revision integer not null,
  primary key (clause_id, revision)
);
create index clauses_typed_over_workshop on public.clauses_typed_over (workshop_id);
create trigger immutable before update on public.clauses_typed_over for each row execute function private.refuse_change();
alter table public.clauses_typed_over enable row level security;
revoke all on table public.clauses_typed_over from public, anon, authenticated, service_role;

-- As it was, and the clauses whose words were all typed over are noted, as `typed_over` says.
create or replace function private.name_writers(p_workshop uuid, p_revision integer, p_clauses jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  update public.clause_events e set by_person = p.id
    from jsonb_array_elements(p_clauses) g
    join public.people p on p.id::text = g -> 'by' ->> 0 and p.workshop_id = p_workshop
   where e.workshop_id = p_workshop and e.revision = p_revision and e.clause_id::text = lower(g ->> 'clause_id');
  insert into public.clause_writers (workshop_id, clause_id, revision, place, by_person)
    select p_workshop, e.clause_id, p_revision, listed.place, p.id
      from jsonb_array_elements(p_clauses) g
      cross join lateral jsonb_array_elements_text(case when jsonb_typeof(g -> 'by') = 'array' then g -> 'by' end)
        with ordinality as listed (person, place)
      join public.people p on p.id::text = listed.person and p.workshop_id = p_workshop
      join public.clause_events e on e.workshop_id = p_workshop and e.revision = p_revision
        and e.clause_id::text = lower(g ->> 'clause_id')
     where listed.place > 1 and p.id is distinct from e.by_person
     order by e.clause_id, listed.place
    on conflict do nothing;
  insert into public.clauses_typed_over (workshop_id, clause_id, revision)
    select p_workshop, e.clause_id, p_revision
      from jsonb_array_elements(p_clauses) g
      join public.clause_events e on e.workshop_id = p_workshop and e.revision = p_revision
        and e.clause_id::text = lower(g ->> 'clause_id')
     where g ->> 'typed_over' = 'true'
    on conflict do nothing;
end
$$;

-- Who wrote in a clause, change by change: who suggested an accepted wording before who accepted it, then who else wrote at
-- the same time. Each wording on the way to the present one counts as of when the clause first said it: what was taken back,
-- so that the clause said again what it had said, and who did that, count for nobody.
create function private.clause_writings(p_clause uuid) returns table (id bigint, place integer, revision integer, person uuid)
language plpgsql stable set search_path = '' as $$
declare
  one record;
  back_to bigint;
  on_the_way bigint[] := '{}';
begin
  for one in
    select e.id, min(e.id) over (partition by e.wording collate "C") as said_first,
           e.kind in ('added', 'edited') or e.kind = 'restored' and e.wording <> lag(e.wording) over (order by e.id) as is_written
      from public.clause_events e where e.clause_id = p_clause order by e.id desc
  loop
    back_to := coalesce(back_to, one.said_first);
    continue when one.id > back_to;
    back_to := null;
    if one.is_written then
      on_the_way := on_the_way || one.id;
    end if;
  end loop;
  return query
    select e.id, wrote.place, e.revision, wrote.person
      from public.clause_events e
      cross join lateral (
        select 0 as place, s.by_person as person from public.suggestions s
         where s.clause_id = p_clause and s.revision = e.revision and s.state = 'accepted' and e.kind = 'edited'
        union all
        select 1, e.by_person
        union all
        select w.place, w.by_person from public.clause_writers w where w.clause_id = p_clause and w.revision = e.revision) wrote
     where e.id = any (on_the_way);
end
$$;

-- A clause with its mark. Everybody who wrote in it is among its authors.
create or replace function private.clause_json(c public.clauses, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('clause_id', c.id, 'number', c.number,
    'wording', case when c.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else c.wording end,
    'tag', private.tag_json(c.is_always, case when c.hidden_at is null or p_role = 'facilitator' then c.when_text end),
    'section', c.section, 'is_withdrawn', c.withdrawn_at is not null, 'is_hidden', c.hidden_at is not null,
    'updated_at', c.updated_at,
    'rough', case when c.rough_at is not null then jsonb_build_object('by', private.name_of(c.rough_by), 'at', c.rough_at) end,
    'authors', coalesce((
      select jsonb_agg(author.name order by author.first_at)
      from (select private.name_of(w.person) as name, min(array[w.id, w.place]) as first_at
              from private.clause_writings(c.id) w group by 1) author), '[]'::jsonb))
$$;

-- By clause: everybody whose words it can hold, in the order in which they first wrote in it: since all of it was typed over,
-- if it was. p_clauses: [clause_id].
create function public.read_clause_writers(p_workshop uuid, p_clauses jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The clauses', p_clauses, 1000, 'string');
  return coalesce((
    select jsonb_object_agg(listed.clause_id, listed.people)
      from (select one.clause_id, jsonb_agg(one.person order by one.first_at) as people
              from (select c.id as clause_id, w.person, min(array[w.id, w.place]) as first_at
                      from jsonb_array_elements_text(p_clauses) g
                      join public.clauses c on c.workshop_id = p_workshop and c.id::text = lower(g)
                      cross join lateral (
                        select n.*, max(o.revision) over () as typed_over
                          from private.clause_writings(c.id) n
                          left join public.clauses_typed_over o on o.clause_id = c.id and o.revision = n.revision) w
                     where w.person is not null and w.revision >= coalesce(w.typed_over, 0)
                     group by 1, 2) one
             group by 1) listed), '{}'::jsonb);
end
$$;

create function private.said_lately(p_clause uuid) returns table (id bigint, wording text, is_typed_over boolean)
language sql stable set search_path = '' as $$
  select ranked.id, ranked.wording, exists (select from public.clauses_typed_over o
      where o.clause_id = p_clause and o.revision > ranked.revision)
    from (select e.id, e.wording, e.revision, row_number() over (order by e.id desc) as last,
                 row_number() over (order by e.until - e.at desc, e.id desc) as longest
            from (select h.id, h.wording, h.revision, h.at, coalesce(lead(h.at) over (order by h.id), now()) as until
                    from (select * from public.clause_events where clause_id = p_clause order by id desc limit 400) h) e
           where e.until > now() - interval '10 minutes') ranked
   where ranked.last <= 8 or ranked.longest <= 8
$$;

-- As it was, without hidden ones among those that are gone, since who puts clean words in the place of what was hidden makes
-- another clause; and `said` is what the clauses said until less than ten minutes ago, and what they say: of each the last
-- eight things, and the eight that stood longest, since what was cut out has mostly stood longer than what is being typed.
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
        from public.clauses c where c.workshop_id = w.id and c.withdrawn_at > now() - interval '10 minutes' and c.hidden_at is null), '[]'::jsonb),
      'said', coalesce((select jsonb_agg(jsonb_build_object('clause_id', c.id, 'wording', e.wording,
          'is_typed_over', e.is_typed_over) order by c.position, e.id)
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
