-- Of an open round travels that somebody has voted: once a person and round. How often somebody changes an answer, or
-- answers the next item, is nobody's news; it moves no change number that a page hears, nor leaves a gap between two.

-- Moves with every answer that is no news. Servers go by it, so that none gives a person an answer that they have changed
-- through another.
alter table public.workshop_revs add column answers bigint not null default 0;

create function private.note_answers(p_workshop uuid) returns void
language plpgsql set search_path = '' as $$
declare
  known bigint;
begin
  update public.workshop_revs set answers = answers + 1 where workshop_id = p_workshop returning rev into known;
  if found then
    perform pg_catalog.pg_notify('folkmoot_changes', p_workshop || ' ' || known);
  end if;
end
$$;

create or replace function public.cast_votes(p_votes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  vote record;
  outcome jsonb;
  outcomes jsonb[] := '{}';
  changed uuid[] := '{}';
  workshop uuid;
  has_new_voter boolean;
begin
  perform private.check_list('The votes', p_votes, 10000, 'object');
  for vote in
    select * from jsonb_to_recordset(p_votes)
      as given (workshop uuid, token_hash text, item_id uuid, "position" text, reason text, request_id text)
  loop
    outcome := private.cast_vote(vote.workshop, vote.token_hash, vote.item_id, vote.position, vote.reason, vote.request_id);
    outcomes := outcomes || outcome;
    if outcome ? 'ok' and vote.workshop <> all (changed) then
      changed := changed || vote.workshop;
    end if;
  end loop;
  -- In one order everywhere, so that two batches never wait for each other. `voted_at` stays that of the first vote.
  for workshop, has_new_voter in
    select c, exists (
        select from public.rounds r
          join public.round_voters v on v.round_id = r.id and v.voted_at >= now()
          join public.tokens t on t.person_id = v.person_id
          join jsonb_to_recordset(p_votes) as given (token_hash text) on given.token_hash = t.token_hash
         where r.workshop_id = c)
      from unnest(changed) c order by c
  loop
    if has_new_voter then
      perform private.bump(workshop, 'votes');
    else
      perform private.note_answers(workshop);
    end if;
  end loop;
  return to_jsonb(outcomes);
end
$$;

-- p_known: {workshop: the newest change number that the asker knows}. Gives {workshop: {rev, answers}} for those that there
-- are, and of those that have changed since also the topics and what everybody may know.
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
    select coalesce(jsonb_object_agg(v.workshop_id, jsonb_build_object('rev', v.rev, 'answers', v.answers) || case
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
