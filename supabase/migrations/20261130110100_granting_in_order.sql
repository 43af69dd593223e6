-- As it was, but whoever grants comes first and then whoever is granted, as everywhere: two acts that lock the same people in
-- another order would wait for each other. Who gives up their own right needs the heavier lock on their row from the beginning.
create or replace function public.grant_leading(p_workshop uuid, p_token_hash text, p_person uuid, p_is_granted boolean)
returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people;
  target public.people;
begin
  perform from public.people p
    where p.id = p_person and p.workshop_id = p_workshop
      and exists (select from public.tokens t where t.token_hash = p_token_hash and t.person_id = p.id) for update;
  me := private.writer(p_workshop, p_token_hash, 'facilitator');
  perform private.check_given('Whether the right is given', p_is_granted is not null);
  if p_is_granted or p_person is distinct from me.id then
    perform private.check_has_the_link(me);
  end if;
  select * into target from public.people where id = p_person and workshop_id = p_workshop for update;
  if target.id is null or target.role <> 'participant' or target.left_at is not null or target.removed_at is not null then
    perform private.fail('PT404', 'This participant is not in the workshop any more. Reload the list of people.');
  end if;
  if p_is_granted <> (target.co_facilitator_since is not null) then
    update public.people set co_facilitator_since = case when p_is_granted then now() end where id = p_person;
    perform private.arm(p_person);
    perform private.bump(p_workshop);
  end if;
  return '{}'::jsonb;
end
$$;
