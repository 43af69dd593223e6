-- Whoever leads closes a round when all are done, and not when all have begun: of an open round they read how many have
-- answered every item, as a bare count. Nobody else reads it. Voting does nothing for it: it is counted when it is read.

-- Of those whose votes count, how many have a vote on every item. The votes are counted before anything is joined to them:
-- servers ask for it several times a second while a crowd votes.
create function private.answered_in_full(r public.rounds) returns bigint
language sql stable set search_path = '' as $$
  select count(*) from (
      select v.person_id from public.votes v where v.round_id = r.id group by v.person_id
      having count(*) = (select count(*) from public.round_items i where i.round_id = r.id)) done
    join public.round_voters rv on rv.round_id = r.id and rv.person_id = done.person_id
    join public.people p on p.id = done.person_id and p.removed_at is null
$$;

-- Who left after the round was closed stays in its denominator; the counts of an anonymous round are frozen at the reveal.
create or replace function private.turnout(r public.rounds, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
      'voted_count', count(*) filter (where v.has_voted and not v.is_removed),
      'eligible_count', count(*) filter (where (v.has_voted or v.is_missing) and not v.is_removed),
      'removed_count', count(*) filter (where v.has_voted and v.is_removed),
      'voted', case when p_role = 'facilitator' then coalesce(jsonb_agg(private.name_of(v.id) order by v.name, v.id)
        filter (where v.has_voted and not v.is_removed), '[]'::jsonb) else '[]'::jsonb end,
      'missing', case when p_role = 'facilitator' then coalesce(jsonb_agg(private.name_of(v.id) order by v.name, v.id)
        filter (where v.is_missing and not v.is_removed), '[]'::jsonb) else '[]'::jsonb end)
    || case when p_role = 'facilitator' and r.status = 'open'
         then jsonb_build_object('in_full_count', private.answered_in_full(r)) else '{}'::jsonb end
    || coalesce(r.frozen_turnout, '{}'::jsonb)
  from (select p.id, p.name, rv.voted_at is not null as has_voted, p.removed_at is not null as is_removed,
          rv.voted_at is null and (p.left_at is null or coalesce(p.left_at > r.closed_at, false)) as is_missing
          from public.round_voters rv join public.people p on p.id = rv.person_id where rv.round_id = r.id) v
$$;

-- p_known: {workshop: the newest change number that the asker knows}. Gives {workshop: {rev, answers, in_full}} for those
-- that there are, and of those that have changed since also the topics and what everybody may know. `in_full` is how many
-- ballots of open rounds are answered in full: by it a server knows when to tell the pages of those who lead.
create or replace function public.read_changes(p_known jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_known is null or jsonb_typeof(p_known) <> 'object' then
    perform private.fail('PT400', 'The known change numbers must be given by workshop.');
  end if;
  if exists (select from jsonb_each(p_known) where jsonb_typeof(value) <> 'number') then
    perform private.fail('PT400', 'A change number must be a number.');
  end if;
  return (
    select coalesce(jsonb_object_agg(v.workshop_id, jsonb_build_object('rev', v.rev, 'answers', v.answers,
        'in_full', coalesce((select sum(private.answered_in_full(r)) from public.rounds r
          where r.workshop_id = w.id and r.status = 'open'), 0)) || case
        when v.rev > (known.value #>> '{}')::numeric
          then jsonb_build_object('topics', v.topics, 'notice', private.notice(w)) else '{}'::jsonb end), '{}'::jsonb)
      from jsonb_each(p_known) known
      join public.workshop_revs v on v.workshop_id = case when known.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then known.key::uuid end
      join public.workshops w on w.id = v.workshop_id);
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
