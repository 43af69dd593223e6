-- Who only wrote words that came into a clause out of another one, as by a split or a merge, is one of its authors, and is
-- not named for what somebody else did to it.

-- What was written before this is not told apart.
alter table public.clause_writers add column has_acted boolean not null default true;

-- As it was; and those follow whose words came into a clause out of others, as `words_of` says.
create or replace function private.name_writers(p_workshop uuid, p_revision integer, p_clauses jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  update public.clause_events e set by_person = p.id
    from jsonb_array_elements(p_clauses) g
    join public.people p on p.id::text = g -> 'by' ->> 0 and p.workshop_id = p_workshop
   where e.workshop_id = p_workshop and e.revision = p_revision and e.clause_id::text = lower(g ->> 'clause_id');
  insert into public.clause_writers (workshop_id, clause_id, revision, place, by_person, has_acted)
    select p_workshop, e.clause_id, p_revision, listed.place, p.id, listed.has_acted
      from jsonb_array_elements(p_clauses) g
      cross join lateral (
        select a.person, a.place, true as has_acted
          from jsonb_array_elements_text(private.people_listed(g -> 'by')) with ordinality as a (person, place)
         where a.place > 1
        union all
        select w.person, greatest(jsonb_array_length(private.people_listed(g -> 'by')), 1) + w.place, false
          from jsonb_array_elements_text(private.people_listed(g -> 'words_of')) with ordinality as w (person, place)) listed
      join public.people p on p.id::text = listed.person and p.workshop_id = p_workshop
      join public.clause_events e on e.workshop_id = p_workshop and e.revision = p_revision
        and e.clause_id::text = lower(g ->> 'clause_id')
     where p.id is distinct from e.by_person
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

-- Nobody where nothing is given.
create function private.people_listed(p_given jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if jsonb_typeof(p_given) not in ('array', 'null') then
    perform private.fail('PT400', 'Who wrote in a clause must be a list.');
  end if;
  return case when jsonb_typeof(p_given) = 'array' then p_given else '[]'::jsonb end;
end
$$;

-- Who did something to a clause at the same time as the one whom the event names.
create or replace function private.also_by(p_clause uuid, p_revision integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(private.name_of(w.by_person) order by w.place), '[]'::jsonb)
    from public.clause_writers w where w.clause_id = p_clause and w.revision = p_revision and w.has_acted
$$;

-- As it was, of those who did something to the clauses.
create or replace function public.read_policy_news(p_workshop uuid, p_token_hash text, p_revision integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  seen integer := coalesce(p_revision, (select max(r.revision) from public.policy_revisions r
    where r.workshop_id = p_workshop and r.at <= me.joined_at), 0);
begin
  return (select jsonb_build_object('revision', w.policy_revision, 'joined_at', me.joined_at, 'changes', coalesce((
      select jsonb_agg(jsonb_build_object('before', old.state, 'after', new.state, 'by', news.by, 'was_moved', news.was_moved,
          'at', news.at) order by c.position nulls last, c.number)
        from (select e.clause_id, bool_or(e.kind = 'moved') as was_moved, max(e.at) as at,
                (select jsonb_agg(who.name order by who.first_at) from (
                   select private.name_of(o.by_person) as name, min(array[o.id, o.place]) as first_at
                     from private.acts_on(e.clause_id, seen) o where o.by_person is distinct from me.id group by 1) who) as by
                from public.clause_events e
               where e.workshop_id = w.id and e.revision > seen and (e.by_person is distinct from me.id
                   or exists (select from public.clause_writers o where o.clause_id = e.clause_id and o.revision = e.revision
                       and o.has_acted and o.by_person is distinct from me.id))
               group by e.clause_id) news
        join public.clauses c on c.id = news.clause_id
        left join lateral (select case when e.kind <> 'withdrawn' then
              private.clause_as_of(c, e.wording, e.section, e.is_always, e.when_text) end as state
            from public.clause_events e where e.clause_id = c.id and e.revision <= seen
           order by e.id desc limit 1) old on true
        cross join lateral (select case when c.withdrawn_at is null then
              private.clause_as_of(c, c.wording, c.section, c.is_always, c.when_text) end as state) new
       where (c.hidden_at is null or me.role = 'facilitator') and old.state is distinct from new.state
          or news.was_moved and new.state is not null), '[]'::jsonb))
    from public.workshops w where w.id = p_workshop);
end
$$;

-- Who did something to a clause after a revision, act by act.
create function private.acts_on(p_clause uuid, p_after integer) returns table (id bigint, place integer, by_person uuid)
language sql stable set search_path = '' as $$
  select e.id, 1, e.by_person from public.clause_events e where e.clause_id = p_clause and e.revision > p_after
  union all
  select e.id, w.place, w.by_person
    from public.clause_writers w join public.clause_events e on e.clause_id = w.clause_id and e.revision = w.revision
   where w.clause_id = p_clause and w.revision > p_after and w.has_acted
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
