-- The live policy, its clauses with their history, and its immutable versions.

create function private.tag_json(p_is_always boolean, p_when text) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('always', p_is_always, 'when', p_when)
$$;

create function private.clause_json(c public.clauses, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('clause_id', c.id, 'number', c.number,
    'wording', case when c.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else c.wording end,
    'tag', private.tag_json(c.is_always, case when c.hidden_at is null or p_role = 'facilitator' then c.when_text end),
    'section', c.section, 'is_withdrawn', c.withdrawn_at is not null, 'is_hidden', c.hidden_at is not null,
    'updated_at', c.updated_at,
    'authors', coalesce((
      select jsonb_agg(author.name order by author.first_at)
      from (select private.name_of(e.by_person) as name, min(e.id) as first_at
              from public.clause_events e
             where e.clause_id = c.id and e.kind in ('added', 'edited') group by 1) author), '[]'::jsonb))
$$;

-- Registers the clauses of a new text, in order, and writes what happened to each of them into its history.
-- The caller has locked the workshop and checked the revision. p_is_document: it is the live document's own text, so that this
-- need not follow.
create function private.write_policy(
  p_workshop uuid, p_person uuid, p_text text, p_clauses jsonb, p_request_id text, p_is_document boolean default false
)
returns integer
language plpgsql set search_path = '' as $$
declare
  new_revision integer;
  given record;
  stored public.clauses;
  happened text;
begin
  perform private.check_text('The policy', p_text, 100000, false);
  perform private.check_list('The clauses', p_clauses, 1000, 'object');
  if exists (select from jsonb_array_elements(p_clauses) g where g ->> 'clause_id' is null or g ->> 'wording' is null or jsonb_typeof(g -> 'wording') <> 'string'
      or coalesce(jsonb_typeof(g -> 'always'), 'null') not in ('boolean', 'null')
      or coalesce(jsonb_typeof(g -> 'moved'), 'null') not in ('boolean', 'null')
      or length(g ->> 'section') > 2000 or length(g ->> 'when') > 2000) then
    perform private.fail('PT400', 'A clause lacks its id or its wording, or its section or condition is too long.');
  end if;
  if not p_is_document then
    update public.documents d set text_before_forms = w.policy_text from public.workshops w
     where d.workshop_id = p_workshop and w.id = p_workshop and d.text_before_forms is null;
  end if;
  update public.workshops set policy_text = coalesce(p_text, ''), policy_revision = policy_revision + 1
   where id = p_workshop returning policy_revision into new_revision;
  insert into public.policy_revisions (workshop_id, revision, by_person, request_id)
    values (p_workshop, new_revision, p_person, p_request_id);
  if (select count(*) <> count(distinct (c ->> 'clause_id')::uuid) from jsonb_array_elements(p_clauses) c) then
    perform private.fail('PT400', 'Two clauses carry the same identity. Reload the policy and try again.');
  end if;

  insert into public.clause_events (workshop_id, clause_id, kind, wording, section, is_always, when_text, by_person, revision)
    select p_workshop, c.id, 'withdrawn', c.wording, c.section, c.is_always, c.when_text, p_person, new_revision
      from public.clauses c
     where c.workshop_id = p_workshop and c.withdrawn_at is null
       and c.id not in (select (g ->> 'clause_id')::uuid from jsonb_array_elements(p_clauses) g);
  update public.clauses c set withdrawn_at = now(), position = null, updated_at = now()
   where c.workshop_id = p_workshop and c.withdrawn_at is null
     and c.id not in (select (g ->> 'clause_id')::uuid from jsonb_array_elements(p_clauses) g);

  for given in
    select (g ->> 'clause_id')::uuid as id, g ->> 'wording' as wording, coalesce((g ->> 'always')::boolean, false) as is_always,
           g ->> 'when' as when_text, coalesce(g ->> 'section', '') as section,
           coalesce((g ->> 'moved')::boolean, false) as was_moved, ordinal::integer as position
      from jsonb_array_elements(p_clauses) with ordinality as listed (g, ordinal)
  loop
    select * into stored from public.clauses where id = given.id;
    if stored.id is null then
      perform private.check_text('A clause', given.wording, 2000);
      insert into public.clauses (id, workshop_id, number, wording, is_always, when_text, section, position)
        select given.id, p_workshop, w.next_clause_number, given.wording, given.is_always, given.when_text,
               given.section, given.position
          from public.workshops w where w.id = p_workshop;
      update public.workshops set next_clause_number = next_clause_number + 1 where id = p_workshop;
      happened := 'added';
    elsif stored.workshop_id <> p_workshop then
      perform private.fail('PT404', 'This clause belongs to another workshop.');
    else
      happened := case
        when stored.withdrawn_at is not null then 'restored'
        when stored.wording <> given.wording then 'edited'
        when stored.section <> given.section or given.was_moved then 'moved'
        when stored.is_always <> given.is_always or stored.when_text is distinct from given.when_text then 'tagged'
      end;
      if stored.wording <> given.wording then
        perform private.check_text('A clause', given.wording, 2000);
      end if;
      continue when happened is null and stored.position = given.position;
      update public.clauses set wording = given.wording, is_always = given.is_always, when_text = given.when_text,
        section = given.section, position = given.position, withdrawn_at = null,
        updated_at = case when happened is null then updated_at else now() end
       where id = given.id;
    end if;
    if happened is not null then
      insert into public.clause_events (workshop_id, clause_id, kind, wording, section, is_always, when_text, by_person, revision)
        values (p_workshop, given.id, happened, given.wording, given.section, given.is_always, given.when_text, p_person, new_revision);
    end if;
  end loop;
  return new_revision;
end
$$;

create function public.read_policy(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return (
    select jsonb_build_object(
      'policy', jsonb_build_object('text', w.policy_text, 'revision', w.policy_revision,
        'clauses', coalesce((select jsonb_agg(private.clause_json(c, 'facilitator') order by c.position)
          from public.clauses c where c.workshop_id = w.id and c.withdrawn_at is null), '[]'::jsonb),
        'withdrawn', coalesce((select jsonb_agg(private.clause_json(c, me.role) order by c.withdrawn_at desc, c.number desc)
          from public.clauses c where c.workshop_id = w.id and c.withdrawn_at is not null), '[]'::jsonb)),
      'versions', coalesce((select jsonb_agg(private.version_header(v) order by v.number desc)
        from public.policy_versions v where v.workshop_id = w.id and v.number is not null), '[]'::jsonb))
    from public.workshops w where w.id = p_workshop);
end
$$;

create function private.check_own_request(p_writer uuid, p_me uuid) returns void
language plpgsql set search_path = '' as $$
begin
  if p_writer is distinct from p_me then
    perform private.fail('PT409', 'This request was already made by somebody else. Nothing was written; try again.');
  end if;
end
$$;

create function public.commit_policy(
  p_workshop uuid, p_token_hash text, p_base_revision integer, p_text text, p_clauses jsonb, p_request_id text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
  earlier public.policy_revisions;
  new_revision integer;
begin
  perform private.check_text('The request''s id', p_request_id, 200);
  perform private.check_given('The policy''s text', p_text is not null);
  select * into earlier from public.policy_revisions where workshop_id = p_workshop and request_id = p_request_id;
  if earlier.revision is not null then
    perform private.check_own_request(earlier.by_person, me.id);
    return jsonb_build_object('revision', earlier.revision);
  end if;
  if workshop.editing_is_locked and me.role <> 'facilitator' then
    perform private.fail('PT403', 'The facilitator has locked the policy. Your text is kept as your private draft; add it when editing is open again.');
  end if;
  if workshop.policy_revision is distinct from p_base_revision then
    perform private.fail('PT409', 'Somebody changed the policy at the same moment. Nothing was written; try again.');
  end if;
  new_revision := private.write_policy(p_workshop, me.id, p_text, p_clauses, p_request_id);
  perform private.bump(p_workshop);
  return jsonb_build_object('revision', new_revision);
end
$$;

create function public.read_clause_history(p_workshop uuid, p_token_hash text, p_clause uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  is_hidden boolean;
begin
  select hidden_at is not null and me.role <> 'facilitator' into is_hidden
    from public.clauses where id = p_clause and workshop_id = p_workshop;
  return coalesce((
    select jsonb_agg(jsonb_build_object('kind', e.kind, 'section', e.section, 'at', e.at, 'revision', e.revision,
        'wording', case when is_hidden then '(hidden by the facilitator)' else e.wording end,
        'tag', private.tag_json(e.is_always, case when not is_hidden then e.when_text end),
        'by', private.name_of(e.by_person)) order by e.id)
    from public.clause_events e where e.clause_id = p_clause and e.workshop_id = p_workshop), '[]'::jsonb);
end
$$;

create function private.version_header(v public.policy_versions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('version_id', v.id, 'number', v.number, 'note', v.note,
    -- A snapshot belongs to all who ran the same text, the first of them perhaps in private.
    'published_by', case when v.number is null then '' else private.name_of(v.published_by) end, 'published_at', v.published_at,
    'clause_count', jsonb_array_length(v.clauses))
$$;

-- The current text as a stored version: numbered when published, otherwise a snapshot that is shared by equal texts.
create function private.freeze_policy(p_workshop uuid, p_person uuid, p_number integer, p_note text, p_request_id text)
returns uuid
language plpgsql set search_path = '' as $$
declare
  frozen jsonb;
  hash text;
  existing uuid;
begin
  select coalesce(jsonb_agg(jsonb_build_object('clause_id', c.id, 'number', c.number, 'wording', c.wording,
      'tag', private.tag_json(c.is_always, c.when_text), 'section', c.section) order by c.position), '[]'::jsonb)
    into frozen from public.clauses c where c.workshop_id = p_workshop and c.withdrawn_at is null;
  select encode(sha256(convert_to(w.policy_text || chr(10) || frozen::text, 'utf8')), 'hex') into hash
    from public.workshops w where w.id = p_workshop;
  if p_number is null then
    select id into existing from public.policy_versions
     where workshop_id = p_workshop and content_hash = hash order by number desc nulls last limit 1;
    if existing is not null then
      return existing;
    end if;
  end if;
  insert into public.policy_versions (workshop_id, number, note, text, clauses, content_hash, published_by, request_id)
    select p_workshop, p_number, p_note, w.policy_text, frozen, hash, p_person, p_request_id
      from public.workshops w where w.id = p_workshop
  returning id into existing;
  return existing;
end
$$;

create function public.publish_version(
  p_workshop uuid, p_token_hash text, p_base_revision integer, p_note text, p_request_id text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
  published public.policy_versions;
  new_version uuid;
begin
  perform private.check_text('The request''s id', p_request_id, 200);
  select * into published from public.policy_versions where workshop_id = p_workshop and request_id = p_request_id;
  if published.id is not null then
    perform private.check_own_request(published.published_by, me.id);
    return private.version_header(published);
  end if;
  perform private.check_text('The note', p_note, 500, false);
  if workshop.policy_revision is distinct from p_base_revision then
    perform private.fail('PT409', 'The policy changed since you looked at it. Look at the new text, then publish.');
  end if;
  if not exists (select from public.clauses where workshop_id = p_workshop and withdrawn_at is null) then
    perform private.fail('PT400', 'The policy has no clause yet. Add one before you publish a version.');
  end if;
  if workshop.policy_text = (select v.text from public.policy_versions v
      where v.workshop_id = p_workshop and v.number = workshop.next_version_number - 1) then
    perform private.fail('PT400', format('Nothing has changed since version %s.', workshop.next_version_number - 1));
  end if;
  update public.workshops set next_version_number = next_version_number + 1 where id = p_workshop;
  new_version := private.freeze_policy(p_workshop, me.id, workshop.next_version_number, coalesce(p_note, ''), p_request_id);
  select * into published from public.policy_versions where id = new_version;
  perform private.bump(p_workshop);
  return private.version_header(published);
end
$$;

create function public.read_version(p_workshop uuid, p_token_hash text, p_number integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  version public.policy_versions;
begin
  select * into version from public.policy_versions where workshop_id = p_workshop and number = p_number;
  if version.id is null then
    perform private.fail('PT404', format('There is no version %s. Choose one from the list of versions.', p_number));
  end if;
  return private.version_json(version, me.role);
end
$$;

-- Where the facilitator hid a clause, others read the version as a list of its clauses without that one's words.
create function private.version_json(v public.policy_versions, p_role text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  shown jsonb := private.version_header(v) - 'clause_count' || jsonb_build_object('text', v.text, 'clauses', v.clauses);
  clauses jsonb;
begin
  if p_role = 'facilitator' or not exists (select from public.clauses c where c.workshop_id = v.workshop_id
      and c.hidden_at is not null and v.clauses @> jsonb_build_array(jsonb_build_object('clause_id', c.id))) then
    return shown;
  end if;
  select jsonb_agg(case when c.hidden_at is null then given
      else given || jsonb_build_object('wording', '(hidden by the facilitator)', 'tag', private.tag_json(false, null)) end
      order by ordinal)
    into clauses
    from jsonb_array_elements(v.clauses) with ordinality as listed (given, ordinal)
      join public.clauses c on c.id = (given ->> 'clause_id')::uuid;
  return shown || jsonb_build_object('clauses', clauses, 'text', (
    select string_agg('- ' || replace(given ->> 'wording', E'\n', E'\n  '), E'\n' order by ordinal) || E'\n'
      from jsonb_array_elements(clauses) with ordinality as listed (given, ordinal)));
end
$$;

-- A version that a visible response was made with, numbered or not.
create function public.read_version_by_id(p_workshop uuid, p_token_hash text, p_version uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  version public.policy_versions;
begin
  select * into version from public.policy_versions v where v.workshop_id = p_workshop and v.id = p_version
    and (v.number is not null or exists (select from public.responses r join public.runs ru on ru.id = r.run_id
           where r.version_id = v.id and (ru.shared_at is not null or ru.asked_by = me.id)));
  if version.id is null then
    perform private.fail('PT404', 'This version does not exist, or only its asker can see it.');
  end if;
  return private.version_json(version, me.role);
end
$$;
