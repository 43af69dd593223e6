-- What somebody typed and did not send stays theirs to read, also once others have removed them from the workshop.

create function private.drafts_of(me public.people) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(d.field, jsonb_build_object('text', d.text, 'seq', d.seq)), '{}'::jsonb)
    from public.drafts d where d.person_id = me.id
     and not (d.field like 'reason:%' and d.updated_at < private.link_since(me.id) and exists (
       select from public.round_items i join public.rounds r on r.id = i.round_id
        where i.id::text = substr(d.field, length('reason:') + 1)
          and (r.status <> 'revealed' or r.anonymity = 'anonymous')))
$$;

create or replace function public.read_drafts(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.drafts_of(private.actor(p_workshop, p_token_hash, 'participant', 'facilitator'));
end
$$;

-- Who asks, with their drafts. A removed person gets nothing else of the workshop; who left has none.
create function public.read_own_words(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people;
begin
  select p.* into me
    from public.tokens t join public.people p on p.id = t.person_id
   where t.token_hash = p_token_hash and p.workshop_id = p_workshop and p.removed_at is not null and p.left_at is null;
  if me.id is null then
    me := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator');
  end if;
  return jsonb_build_object('person_id', me.id, 'drafts', private.drafts_of(me));
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
