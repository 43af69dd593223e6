-- The live document: one Yjs document per workshop, as a snapshot and the updates since. The database keeps bytes and who
-- sent them; what they mean is the server's business, which tells people "saved" only once they are here.

create table public.documents (
  workshop_id uuid primary key references public.workshops on delete cascade,
  -- Another one as soon as the document begins anew: what rests on the one before has no place in it.
  document_id uuid not null default gen_random_uuid(),
  -- The number of the newest update; they are contiguous.
  seq bigint not null default 0,
  snapshot bytea not null,
  -- The snapshot holds every update up to this one, and those are gone.
  snapshot_seq bigint not null default 0,
  -- The bytes of the updates after it.
  unpacked_bytes bigint not null default 0,
  -- The policy's text is this document's text as of this update, but for nothing; the other way round, everything that the
  -- policy was changed to up to this revision is in the document.
  policy_seq bigint not null default 0,
  policy_revision integer not null,
  -- What the policy said at that revision, from when forms change it until the document has followed; null as long as it
  -- still says so.
  text_before_forms text
);

create table public.document_updates (
  workshop_id uuid not null references public.workshops on delete cascade,
  seq bigint not null,
  update_id uuid not null,
  content bytea not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  primary key (workshop_id, seq),
  unique (workshop_id, update_id)
);
create index document_updates_by_person on public.document_updates (by_person);

-- Yjs marks every character with the number of the browser page it was typed in: this says whose page that was.
create table public.document_clients (
  workshop_id uuid not null references public.workshops on delete cascade,
  client bigint not null,
  by_person uuid references public.people on delete set null,
  primary key (workshop_id, client)
);
create index document_clients_by_person on public.document_clients (by_person);

-- Who else wrote in a clause between two moments at which the policy is made of its document. Who wrote most stands in the
-- event itself, as its first; these follow in their order.
create table public.clause_writers (
  workshop_id uuid not null references public.workshops on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  revision integer not null,
  place integer not null,
  by_person uuid references public.people on delete set null,
  primary key (clause_id, revision, place),
  unique (clause_id, revision, by_person)
);
create index clause_writers_workshop on public.clause_writers (workshop_id);
create index clause_writers_by_person on public.clause_writers (by_person);
create trigger immutable before update on public.clause_writers for each row execute function private.refuse_change();

do $$
declare
  table_name text;
begin
  foreach table_name in array array['documents', 'document_updates', 'document_clients', 'clause_writers'] loop
    execute format('alter table public.%I enable row level security', table_name);
    execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  end loop;
end
$$;

-- Bytes travel as base64. Null for what is none, or is more than fits.
create function private.bytes_of(p_text text, p_most integer) returns bytea
language sql immutable set search_path = '' as $$
  select case when p_text <> '' and length(p_text) % 4 = 0 and length(p_text) <= p_most / 3 * 4 + 4
      and p_text ~ '^[A-Za-z0-9+/]*={0,2}$' then decode(p_text, 'base64') end
$$;

create function private.text_of(p_bytes bytea) returns text
language sql immutable set search_path = '' as $$
  select translate(encode(p_bytes, 'base64'), E'\n', '')
$$;

-- Keystrokes do not bump the rev, or thirty people who type would have every page look again ten times a second. Processes
-- hear of them here, or ask `read_document_seqs`. Tells no more than a workshop and a number.
create function private.tell_document(p_workshop uuid, p_seq bigint) returns void
language sql set search_path = '' as $$
  select pg_catalog.pg_notify('folkmoot_documents', p_workshop || ' ' || p_seq)
$$;

create function private.lock_document(p_workshop uuid) returns public.documents
language sql set search_path = '' as $$
  select d.* from public.documents d where d.workshop_id = p_workshop for no key update
$$;

-- What a server needs that knows everything up to p_since, -1 = nothing. The snapshot comes where it is newer than that.
create function private.document_json(w public.workshops, d public.documents, p_since bigint) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('document', d.document_id, 'seq', d.seq, 'snapshot_seq', d.snapshot_seq,
    'snapshot', case when d.snapshot_seq > p_since then private.text_of(d.snapshot) end,
    'updates', coalesce((select jsonb_agg(jsonb_build_object('seq', u.seq, 'by', u.by_person,
        'update', private.text_of(u.content)) order by u.seq)
      from public.document_updates u where u.workshop_id = w.id and u.seq > greatest(p_since, d.snapshot_seq)), '[]'::jsonb),
    'policy_seq', d.policy_seq, 'document_revision', d.policy_revision,
    'editing_is_locked', w.editing_is_locked, 'policy_revision', w.policy_revision)
$$;

-- As the server, like all that follow: everything that a room begins with. `seq` is null where there is no document yet: then
-- the policy's text is what `seed_document` makes one of.
create function public.open_document(p_workshop uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  found_one jsonb;
begin
  select private.document_json(w, d, -1) || jsonb_build_object('policy_text', w.policy_text,
      'clients', coalesce((select jsonb_object_agg(c.client, c.by_person) from public.document_clients c
        where c.workshop_id = w.id and c.by_person is not null), '{}'::jsonb))
    into found_one
    from public.workshops w left join public.documents d on d.workshop_id = w.id where w.id = p_workshop;
  if found_one is null then
    perform private.fail('PT404', 'There is no such workshop any more.');
  end if;
  return found_one;
end
$$;

-- The first opening makes the document of the policy's text. Whoever comes second changes nothing and opens what is there.
create function public.seed_document(p_workshop uuid, p_policy_revision integer, p_snapshot text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop public.workshops := private.lock_workshop(p_workshop);
  given bytea := private.bytes_of(p_snapshot, 4000000);
begin
  if workshop.id is null then
    perform private.fail('PT404', 'There is no such workshop any more.');
  end if;
  perform private.check_given('The document', given is not null);
  if exists (select from public.documents where workshop_id = p_workshop) then
    return '{"is_new": false}'::jsonb;
  end if;
  if workshop.policy_revision is distinct from p_policy_revision then
    perform private.fail('PT409', 'The policy changed at the same moment. Nothing was written; try again.');
  end if;
  insert into public.documents (workshop_id, snapshot, policy_revision) values (p_workshop, given, p_policy_revision);
  return '{"is_new": true}'::jsonb;
end
$$;

-- Puts bytes at the document's end. The caller has locked it.
create function private.add_update(p_workshop uuid, p_update_id uuid, p_content bytea, p_person uuid) returns bigint
language plpgsql set search_path = '' as $$
declare
  added bigint;
begin
  update public.documents set seq = seq + 1, unpacked_bytes = unpacked_bytes + octet_length(p_content)
   where workshop_id = p_workshop returning seq into added;
  insert into public.document_updates (workshop_id, seq, update_id, content, by_person)
    values (p_workshop, added, p_update_id, p_content, p_person);
  return added;
end
$$;

-- One update of a batch: {seq}, or a refusal with its reason in a word. What was stored under this id counts as stored,
-- whatever has happened since.
create function private.append_update(
  p_workshop uuid, p_document uuid, p_token_hash text, p_client bigint, p_update text, p_update_id uuid
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me public.people;
  document public.documents;
  earlier public.document_updates;
  content bytea := private.bytes_of(p_update, 1000000);
  added bigint;
begin
  select p.* into me from public.tokens t join public.people p on p.id = t.person_id
   where t.token_hash = p_token_hash and p.workshop_id = p_workshop and p.left_at is null and p.removed_at is null;
  me.role := coalesce((select t.as_role from public.tokens t where t.token_hash = p_token_hash), me.role);
  if me.id is null then
    return private.refusal('PT401', 'This browser is not signed in to the workshop any more. Open your personal link.')
      || '{"reason": "member"}'::jsonb;
  end if;
  if me.role not in ('participant', 'facilitator') then
    return private.refusal('PT403', 'An organizer reads the policy and does not write it.') || '{"reason": "role"}'::jsonb;
  end if;
  if p_update_id is null or content is null or p_client is null or p_client not between 0 and 9007199254740991 then
    return private.refusal('PT400', 'This change is none, or is larger than fits. Make it in smaller steps.')
      || '{"reason": "size"}'::jsonb;
  end if;
  select * into document from public.documents where workshop_id = p_workshop;
  if document.workshop_id is null then
    return private.refusal('PT404', 'The document has not been opened yet.') || '{"reason": "none"}'::jsonb;
  end if;
  if p_document <> document.document_id then
    return private.refusal('PT409', 'The document was begun anew. Your text is kept as your private draft.')
      || '{"reason": "anew"}'::jsonb;
  end if;
  select * into earlier from public.document_updates where workshop_id = p_workshop and update_id = p_update_id;
  if earlier.seq is not null then
    if earlier.by_person is distinct from me.id then
      return private.refusal('PT409', 'This change was already sent by somebody else.') || '{"reason": "other"}'::jsonb;
    end if;
    return jsonb_build_object('seq', earlier.seq);
  end if;
  if me.role <> 'facilitator' and (select editing_is_locked from public.workshops where id = p_workshop) then
    return private.refusal('PT403', 'The facilitator has locked the policy. Your text is kept as your private draft.')
      || '{"reason": "locked"}'::jsonb;
  end if;
  if octet_length(document.snapshot) + document.unpacked_bytes + octet_length(content) > 8000000 then
    return private.refusal('PT400', 'This is more at once than the document takes. Your text is kept as your private draft.')
      || '{"reason": "size"}'::jsonb;
  end if;
  added := private.add_update(p_workshop, p_update_id, content, me.id);
  insert into public.document_clients (workshop_id, client, by_person) values (p_workshop, p_client, me.id)
    on conflict do nothing;
  return jsonb_build_object('seq', added);
end
$$;

-- p_updates: [{workshop, document, token_hash, client, update, update_id}], of one workshop in the order in which they were made. An
-- update may rest on any before it: after one that is refused, the later ones of its workshop are refused with it.
create function public.append_updates(p_updates jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  given record;
  outcome jsonb;
  outcomes jsonb[];
  spoilt uuid;
  changed uuid;
begin
  perform private.check_list('The changes', p_updates, 1000, 'object');
  outcomes := array_fill(null::jsonb, array[jsonb_array_length(p_updates)]);
  -- Whoever leaves or is removed meanwhile writes nothing more, and after a lock is set nothing is written either.
  perform from public.people p where p.id in (
      select t.person_id from jsonb_array_elements(p_updates) g join public.tokens t on t.token_hash = g ->> 'token_hash')
    order by p.id for key share;
  perform from public.workshops w where w.id in (
      select (g ->> 'workshop')::uuid from jsonb_array_elements(p_updates) g) order by w.id for share;
  perform from public.documents d where d.workshop_id in (
      select (g ->> 'workshop')::uuid from jsonb_array_elements(p_updates) g) order by d.workshop_id for no key update;
  for given in
    select (g ->> 'workshop')::uuid as workshop, g ->> 'token_hash' as token_hash, g ->> 'update' as content,
           (g ->> 'update_id')::uuid as update_id, (g ->> 'document')::uuid as document, ordinal::integer as place,
           case when g ->> 'client' ~ '^[0-9]{1,16}$' then (g ->> 'client')::bigint end as client
      from jsonb_array_elements(p_updates) with ordinality as listed (g, ordinal) order by 1, ordinal
  loop
    if given.workshop = spoilt then
      outcome := private.refusal('PT409', 'An earlier change of the same document was refused.') || '{"reason": "earlier"}'::jsonb;
    else
      outcome := private.append_update(
        given.workshop, given.document, given.token_hash, given.client, given.content, given.update_id);
      if outcome ? 'error' then
        spoilt := given.workshop;
      end if;
    end if;
    outcomes[given.place] := outcome;
  end loop;
  for changed in select distinct (g ->> 'workshop')::uuid from jsonb_array_elements(p_updates) g order by 1 loop
    perform private.tell_document(d.workshop_id, d.seq) from public.documents d where d.workshop_id = changed;
  end loop;
  return to_jsonb(outcomes);
end
$$;

-- What a room does not know yet, and who of those whose sockets are open may still be there, under what name. `seq` is null
-- where the document is gone.
create function public.read_updates(p_workshop uuid, p_since bigint, p_people jsonb default '[]') returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  found_one jsonb;
begin
  perform private.check_given('The number of the newest change that is known', p_since is not null);
  perform private.check_list('The people', p_people, 10000, 'string');
  select private.document_json(w, d, p_since) into found_one
    from public.workshops w left join public.documents d on d.workshop_id = w.id where w.id = p_workshop;
  if found_one is null then
    perform private.fail('PT404', 'There is no such workshop any more.');
  end if;
  return found_one || jsonb_build_object('people', coalesce((
    select jsonb_object_agg(t.token_hash, jsonb_build_object('person_id', p.id, 'role', coalesce(t.as_role, p.role), 'name', private.name_of(p.id)))
      from public.tokens t join public.people p on p.id = t.person_id
     where t.token_hash in (select jsonb_array_elements_text(p_people)) and p.workshop_id = p_workshop
       and p.left_at is null and p.removed_at is null), '{}'::jsonb));
end
$$;

-- Puts a snapshot in the place of the updates that it holds. Those after p_through_seq stay. Of two servers that do it at
-- once the one that knows more wins, and the other changes nothing.
create function public.compact_document(p_workshop uuid, p_through_seq bigint, p_snapshot text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  document public.documents := private.lock_document(p_workshop);
  given bytea := private.bytes_of(p_snapshot, 4000000);
begin
  if document.workshop_id is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  perform private.check_given('The snapshot, of at most 4 MB,', given is not null);
  if p_through_seq is null or p_through_seq > document.seq then
    perform private.fail('PT400', 'A snapshot cannot hold updates that are not stored yet.');
  end if;
  if p_through_seq <= document.snapshot_seq then
    return jsonb_build_object('snapshot_seq', document.snapshot_seq);
  end if;
  delete from public.document_updates where workshop_id = p_workshop and seq <= p_through_seq;
  update public.documents set snapshot = given, snapshot_seq = p_through_seq, unpacked_bytes = coalesce(
      (select sum(octet_length(u.content)) from public.document_updates u where u.workshop_id = p_workshop), 0)
   where workshop_id = p_workshop;
  return jsonb_build_object('snapshot_seq', p_through_seq);
end
$$;

-- A document whose history is far larger than its text begins anew from that text, with which p_snapshot begins. Only as long
-- as nothing came after p_seq; of two servers that do it at once the second changes nothing.
create function public.renew_document(p_workshop uuid, p_document uuid, p_seq bigint, p_snapshot text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  document public.documents := private.lock_document(p_workshop);
  given bytea := private.bytes_of(p_snapshot, 4000000);
begin
  if document.workshop_id is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  perform private.check_given('The snapshot, of at most 4 MB,', given is not null);
  if p_document is distinct from document.document_id or p_seq is distinct from document.seq then
    return '{"is_new": false}'::jsonb;
  end if;
  delete from public.document_updates where workshop_id = p_workshop;
  delete from public.document_clients where workshop_id = p_workshop;
  update public.documents
     set document_id = gen_random_uuid(), seq = p_seq + 1, snapshot = given, snapshot_seq = p_seq + 1, unpacked_bytes = 0,
         policy_seq = case when policy_seq = p_seq then p_seq + 1 else policy_seq end
   where workshop_id = p_workshop;
  perform private.tell_document(p_workshop, p_seq + 1);
  return '{"is_new": true}'::jsonb;
end
$$;

create function private.clause_numbers(p_workshop uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('clause_id', c.id, 'number', c.number) order by c.position), '[]'::jsonb)
    from public.clauses c where c.workshop_id = p_workshop and c.withdrawn_at is null
$$;

-- What the policy is made of its document with: the clauses on record, those withdrawn in the last ten minutes, which come
-- back with the same words or nearly so, and the text that the document was last level with.
create function public.read_document_policy(p_workshop uuid) returns jsonb
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
        from public.clauses c where c.workshop_id = w.id and c.withdrawn_at > now() - interval '10 minutes'), '[]'::jsonb))
    into found_one
    from public.workshops w join public.documents d on d.workshop_id = w.id where w.id = p_workshop;
  if found_one is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  return found_one;
end
$$;

-- Writes into the history of the clauses who wrote in each of them. The first one is the event's own, all are its authors.
create function private.name_writers(p_workshop uuid, p_revision integer, p_clauses jsonb) returns void
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
end
$$;

-- The document's text, as of an update, becomes the policy's. p_clauses: as for commit_policy, each also with `by`, the people
-- whose words are new in it, who wrote most first, then those who took words out of it; p_gone: the clauses that are not in it
-- any more, with who took them out in the same way; p_person: who wrote last. Whoever comes with an older state, or with what was written already,
-- changes nothing. Gives the clauses on record with their numbers, too.
create function public.commit_document(
  p_workshop uuid, p_seq bigint, p_base_revision integer, p_text text, p_clauses jsonb, p_person uuid,
  p_gone jsonb default '[]'
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop public.workshops := private.lock_workshop(p_workshop);
  document public.documents := private.lock_document(p_workshop);
  new_revision integer := workshop.policy_revision;
begin
  if document.workshop_id is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  perform private.check_given('The policy''s text', p_text is not null);
  perform private.check_list('The clauses', p_clauses, 1000, 'object');
  perform private.check_list('The clauses that went', p_gone, 1000, 'object');
  if exists (select from jsonb_array_elements(p_clauses || p_gone) g
      where jsonb_typeof(g -> 'by') not in ('array', 'null')) then
    perform private.fail('PT400', 'Who wrote in a clause must be a list.');
  end if;
  if p_seq is null or p_seq > document.seq then
    perform private.fail('PT400', 'The policy cannot hold updates that are not stored yet.');
  end if;
  if p_person is not null and not exists (select from public.people where id = p_person and workshop_id = p_workshop) then
    perform private.fail('PT404', 'This person is not of this workshop.');
  end if;
  if p_seq <= document.policy_seq then
    return jsonb_build_object('revision', workshop.policy_revision, 'is_new', false,
      'clauses', private.clause_numbers(p_workshop));
  end if;
  if p_base_revision is distinct from workshop.policy_revision or p_base_revision is distinct from document.policy_revision then
    perform private.fail('PT409', 'Somebody changed the policy at the same moment. Nothing was written; try again.');
  end if;
  if p_text is distinct from workshop.policy_text then
    new_revision := private.write_policy(p_workshop, p_person, p_text, p_clauses, 'document ' || p_seq, true);
    perform private.name_writers(p_workshop, new_revision, p_clauses || p_gone);
    perform private.bump(p_workshop, 'policy');
  end if;
  update public.documents set policy_seq = p_seq, policy_revision = new_revision where workshop_id = p_workshop;
  return jsonb_build_object('revision', new_revision, 'is_new', new_revision > workshop.policy_revision,
    'clauses', private.clause_numbers(p_workshop));
end
$$;

-- The other way round: what a form changed comes into the document, as an update that a server has made of it. Only the
-- first server that does it writes. `p_client` is the number under which that server writes this one update: what it brings
-- counts as typed by the form's author, if all of it is one person's.
create function public.merge_policy(
  p_workshop uuid, p_base_revision integer, p_revision integer, p_update text, p_update_id uuid,
  p_client bigint default null, p_document uuid default null
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  workshop public.workshops := private.lock_workshop(p_workshop);
  document public.documents := private.lock_document(p_workshop);
  content bytea := private.bytes_of(p_update, 1000000);
  added bigint;
  authors uuid[];
begin
  if document.workshop_id is null then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  perform private.check_given('The change', content is not null);
  perform private.check_given('The change''s id', p_update_id is not null);
  if p_client is not null and p_client not between 0 and 9007199254740991 then
    perform private.fail('PT400', 'This is no number of a page.');
  end if;
  if p_base_revision is distinct from document.policy_revision or p_revision is distinct from workshop.policy_revision
      or p_base_revision = p_revision or p_document <> document.document_id then
    return '{"is_new": false}'::jsonb;
  end if;
  added := private.add_update(p_workshop, p_update_id, content, (
    select r.by_person from public.policy_revisions r where r.workshop_id = p_workshop and r.revision = p_revision));
  select array_agg(distinct r.by_person) into authors from public.policy_revisions r
   where r.workshop_id = p_workshop and r.revision > p_base_revision and r.revision <= p_revision;
  if p_client is not null and cardinality(authors) = 1 and authors[1] is not null then
    insert into public.document_clients (workshop_id, client, by_person) values (p_workshop, p_client, authors[1])
      on conflict do nothing;
  end if;
  update public.documents set policy_revision = p_revision, text_before_forms = null where workshop_id = p_workshop;
  perform private.tell_document(p_workshop, added);
  return jsonb_build_object('is_new', true, 'seq', added);
end
$$;

-- As the server: who typed in the document, as everybody may know them, and the numbers of the pages in which they did. Text
-- under other numbers was there before, or comes from several people's forms.
create function public.read_document_writers(p_workshop uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select from public.documents where workshop_id = p_workshop) then
    perform private.fail('PT404', 'There is no such document any more.');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('person_id', w.by_person, 'name', private.name_of(w.by_person),
      'clients', w.clients) order by w.by_person), '[]'::jsonb)
    from (select c.by_person, jsonb_agg(c.client order by c.client) as clients from public.document_clients c
           where c.workshop_id = p_workshop and c.by_person is not null group by c.by_person) w);
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
