-- The room is live: whoever waits for changes hears of one as soon as it is committed, and servers ask in one call which
-- of the people whose pages are open may still be there.

-- Tells no more than that something changed: a workshop and its change number.
create or replace function private.bump(p_workshop uuid) returns bigint
language plpgsql set search_path = '' as $$
declare
  moved bigint;
begin
  update public.workshop_revs set rev = rev + 1 where workshop_id = p_workshop returning rev into moved;
  if found then
    perform pg_catalog.pg_notify('folkmoot_changes', p_workshop || ' ' || moved);
  end if;
  return moved;
end
$$;

-- p_people: [{workshop, token_hash}]. Gives their ids in the same order; null for whoever may not be there: the token opens
-- nothing there, or the person left or was removed.
create function public.read_standing(p_people jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The people', p_people, 100000, 'object');
  return (
    select coalesce(jsonb_agg(p.id order by asked.place), '[]'::jsonb)
      from jsonb_array_elements(p_people) with ordinality as asked (one, place)
      left join public.tokens t on t.token_hash = asked.one ->> 'token_hash'
      left join public.people p on p.id = t.person_id and p.workshop_id::text = asked.one ->> 'workshop'
       and p.removed_at is null and p.left_at is null);
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
