-- A version can be restored, and everybody can see what has changed since they last looked.

create function private.restored_json(v public.policy_versions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('restored', private.version_header(v), 'published_before', (
    select private.version_header(b) from public.policy_versions b
     where b.workshop_id = v.workshop_id and b.request_id = 'before ' || v.request_id))
$$;

-- Makes the policy say what a version says, as a new version. What it says now is published first, so that nothing is lost and
-- restoring can itself be taken back. Therefore it matters to nobody whether the text has moved on since p_base_revision, which
-- the asker saw: `has_moved_on` says so. Clauses keep their identity: those withdrawn since come back with their own.
create function public.restore_version(
  p_workshop uuid, p_token_hash text, p_number integer, p_base_revision integer, p_note text, p_request_id text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
  wanted public.policy_versions;
  made public.policy_versions;
  next_number integer := workshop.next_version_number;
  new_version uuid;
begin
  perform private.check_text('The request''s id', p_request_id, 200);
  select * into made from public.policy_versions where workshop_id = p_workshop and request_id = p_request_id;
  if made.id is not null then
    perform private.check_own_request(made.published_by, me.id);
    return private.restored_json(made) || '{"has_moved_on": false}'::jsonb;
  end if;
  perform private.check_text('The note', p_note, 500, false);
  perform private.check_given('The revision of the policy that you saw', p_base_revision is not null);
  perform private.check_given('The number of the version', p_number is not null);
  if workshop.editing_is_locked and me.role <> 'facilitator' then
    perform private.fail('PT403', 'The facilitator has locked the policy. Restore the version when editing is open again.');
  end if;
  select * into wanted from public.policy_versions where workshop_id = p_workshop and number = p_number;
  if wanted.id is null then
    perform private.fail('PT404', format('There is no version %s. Choose one from the list of versions.', p_number));
  end if;
  if exists (select from public.clauses c where c.workshop_id = p_workshop and c.hidden_at is not null
      and wanted.clauses @> jsonb_build_array(jsonb_build_object('clause_id', c.id))) then
    perform private.fail('PT403', format('Version %s holds a clause that the facilitator has hidden. It can be restored once that clause is shown again.', p_number));
  end if;
  if wanted.text = workshop.policy_text then
    perform private.fail('PT400', format('The policy says what version %s says already. Nothing was written.', p_number));
  end if;
  if workshop.policy_text ~ '\S' and workshop.policy_text is distinct from (select v.text from public.policy_versions v
      where v.workshop_id = p_workshop and v.number = next_number - 1) then
    perform private.freeze_policy(p_workshop, me.id, next_number, format('As it was before v%s was restored', p_number),
      'before ' || p_request_id);
    next_number := next_number + 1;
  end if;
  perform private.write_policy(p_workshop, me.id, wanted.text, (
      select coalesce(jsonb_agg(jsonb_build_object('clause_id', g -> 'clause_id', 'wording', g -> 'wording',
          'always', g -> 'tag' -> 'always', 'when', g -> 'tag' -> 'when', 'section', g -> 'section') order by ordinal), '[]'::jsonb)
        from jsonb_array_elements(wanted.clauses) with ordinality as listed (g, ordinal)), 'restore ' || p_request_id);
  new_version := private.freeze_policy(p_workshop, me.id, next_number,
    coalesce(nullif(btrim(p_note), ''), format('v%s restored', p_number)), p_request_id);
  update public.workshops set next_version_number = next_number + 1 where id = p_workshop;
  select * into made from public.policy_versions where id = new_version;
  perform private.bump(p_workshop);
  return private.restored_json(made) || jsonb_build_object('has_moved_on', workshop.policy_revision <> p_base_revision);
end
$$;

create function private.clause_as_of(c public.clauses, p_wording text, p_section text, p_is_always boolean, p_when text)
returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('clause_id', c.id, 'number', c.number, 'wording', p_wording, 'section', p_section,
    'tag', private.tag_json(p_is_always, p_when))
$$;

-- The clauses that others have changed since a revision, null = since one joined, as they were then and as they are now, in
-- the order of the policy.
create function public.read_policy_news(p_workshop uuid, p_token_hash text, p_revision integer) returns jsonb
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
                     from (select h.id, 1 as place, h.by_person from public.clause_events h
                            where h.clause_id = e.clause_id and h.revision > seen
                           union all
                           select h.id, o.place, o.by_person from public.clause_writers o join public.clause_events h
                               on h.clause_id = o.clause_id and h.revision = o.revision
                            where o.clause_id = e.clause_id and o.revision > seen) o
                    where o.by_person is distinct from me.id group by 1) who) as by
                from public.clause_events e
               where e.workshop_id = w.id and e.revision > seen and (e.by_person is distinct from me.id
                   or exists (select from public.clause_writers o where o.clause_id = e.clause_id and o.revision = e.revision
                       and o.by_person is distinct from me.id))
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

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
