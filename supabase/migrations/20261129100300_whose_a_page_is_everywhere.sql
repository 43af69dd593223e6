-- Whose a page is, all servers agree on: whoever first wrote under its number has it, by whichever server they came, and each
-- server hears of it with what was written.

-- The number of the update that said so.
alter table public.document_clients add column seq bigint not null default 0;
create index document_clients_seq on public.document_clients (workshop_id, seq);

-- The numbers of pages in a list; whatever else is in it counts for nothing.
create function private.pages_in(p_clients jsonb) returns bigint[]
language sql immutable set search_path = '' as $$
  select coalesce(array_agg(distinct c::bigint), '{}')
    from jsonb_array_elements_text(case when jsonb_typeof(p_clients) = 'array' then p_clients else '[]' end) listed (c)
   where case when c ~ '^[0-9]{1,16}$' then c::bigint end <= 9007199254740991
$$;

drop function private.append_update(uuid, uuid, text, bigint, text, uuid);
drop function private.note_clients(uuid, text, jsonb);

-- One update of a batch: {seq}, or a refusal with its reason in a word. What was stored under this id counts as stored,
-- whatever has happened since. Nobody calls a page their own that is another's; what others left, they may bring.
create function private.append_update(
  p_workshop uuid, p_document uuid, p_token_hash text, p_client bigint, p_clients bigint[], p_update text, p_update_id uuid
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
  if exists (select from public.document_clients c
      where c.workshop_id = p_workshop and c.client = any (p_clients) and c.by_person <> me.id) then
    return private.refusal('PT409', 'Somebody else has written in the name of this page. Your text is kept as your private draft.')
      || '{"reason": "number"}'::jsonb;
  end if;
  added := private.add_update(p_workshop, p_update_id, content, me.id);
  insert into public.document_clients (workshop_id, client, by_person, seq)
    select distinct p_workshop, c, me.id, added from unnest(p_client || p_clients) listed (c)
    on conflict do nothing;
  return jsonb_build_object('seq', added);
end
$$;

-- p_updates: [{workshop, document, token_hash, client, clients, update, update_id}], of one workshop in the order in which
-- they were made. `client`: the number of the sender's page; `clients`: those under which they typed it. An update may rest on
-- any before it: after one that is refused, the later ones of its workshop are refused with it.
create or replace function public.append_updates(p_updates jsonb) returns jsonb
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
           case when g ->> 'client' ~ '^[0-9]{1,16}$' then (g ->> 'client')::bigint end as client,
           private.pages_in(g -> 'clients') as clients
      from jsonb_array_elements(p_updates) with ordinality as listed (g, ordinal) order by 1, ordinal
  loop
    if given.workshop = spoilt then
      outcome := private.refusal('PT409', 'An earlier change of the same document was refused.') || '{"reason": "earlier"}'::jsonb;
    else
      outcome := private.append_update(
        given.workshop, given.document, given.token_hash, given.client, given.clients, given.content, given.update_id);
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

-- What a room does not know yet, whose the pages are that came with it, and who of those whose sockets are open may still be
-- there, under what name. `seq` is null where the document is gone.
create or replace function public.read_updates(p_workshop uuid, p_since bigint, p_people jsonb default '[]') returns jsonb
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
  return found_one || jsonb_build_object('clients', coalesce((
    select jsonb_object_agg(c.client, c.by_person) from public.document_clients c
     where c.workshop_id = p_workshop and c.seq > p_since and c.by_person is not null), '{}'::jsonb), 'people', coalesce((
    select jsonb_object_agg(t.token_hash, jsonb_build_object('person_id', p.id, 'role', coalesce(t.as_role, p.role), 'name', private.name_of(p.id)))
      from public.tokens t join public.people p on p.id = t.person_id
     where t.token_hash in (select jsonb_array_elements_text(p_people)) and p.workshop_id = p_workshop
       and p.left_at is null and p.removed_at is null), '{}'::jsonb));
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
