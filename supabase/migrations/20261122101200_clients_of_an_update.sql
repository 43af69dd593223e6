-- Text that was typed without a line may have been typed under the numbers of several pages, by one person. Whoever brings it
-- says under which, so that it is known who typed it.
create function private.note_clients(p_workshop uuid, p_token_hash text, p_clients jsonb) returns void
language sql set search_path = '' as $$
  insert into public.document_clients (workshop_id, client, by_person)
    select distinct p_workshop, c::bigint, t.person_id
      from public.tokens t, jsonb_array_elements_text(p_clients) listed (c)
     where t.token_hash = p_token_hash
       and case when c ~ '^[0-9]{1,16}$' then c::bigint end <= 9007199254740991
    on conflict do nothing
$$;

-- p_updates: [{workshop, document, token_hash, client, clients, update, update_id}], of one workshop in the order in which
-- they were made. `client`: the number of the sender's page; `clients`: others under which they typed it. An update may
-- rest on any before it: after one that is refused, the later ones of its workshop are refused with it.
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
           case when jsonb_typeof(g -> 'clients') = 'array' then g -> 'clients' else '[]'::jsonb end as clients
      from jsonb_array_elements(p_updates) with ordinality as listed (g, ordinal) order by 1, ordinal
  loop
    if given.workshop = spoilt then
      outcome := private.refusal('PT409', 'An earlier change of the same document was refused.') || '{"reason": "earlier"}'::jsonb;
    else
      outcome := private.append_update(
        given.workshop, given.document, given.token_hash, given.client, given.content, given.update_id);
      if outcome ? 'error' then
        spoilt := given.workshop;
      else
        perform private.note_clients(given.workshop, given.token_hash, given.clients);
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

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
